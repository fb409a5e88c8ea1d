import { createClipper } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, boom, clipNorms, codeOf, codesOf, faultyAt, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

describe('a policy that fails once', () => {
  it('is replaced by its last good finite threshold', () => {
    const clipper = createClipper(faultyAt([1, 2]));
    const steps = clipNorms(clipper, [8, 8, 8, 8]);
    // Step 0: 2/8. Steps 1 and 2: the 2 of step 0 again. Step 3: the policy has seen one norm, 3/8.
    expect(steps.map(({ threshold, factor }) => [threshold, factor])).toEqual([
      [2, 0.25],
      [2, 0.25],
      [2, 0.25],
      [3, 0.375],
    ]);
    expect(steps.map(({ reason = '' }) => reason.includes('boom'))).toEqual([false, true, true, false]);
  });

  it('an infinite threshold is not a good one to fall back to', () => {
    const policy = answering(({ step }) => (step === 3 ? boom() : [Infinity, 2, Infinity][step]));
    expect(clipNorms(createClipper(policy), [8, 8, 8, 8])[3]).toMatchObject({ threshold: 2, normAfter: 2 });
  });

  it('a threshold with a target leaves its threshold', () => {
    const policy = answering(({ step }) => (step ? boom() : { threshold: 4, target: 1 }));
    expect(clipNorms(createClipper(policy), [8, 8]).map(({ normAfter }) => normAfter)).toEqual([1, 4]);
  });

  it('without one, envelope.max is used', () => {
    const clipper = createClipper(faultyAt([0]), { envelope: { max: 4 } });
    expect(clipNorms(clipper, [8])[0]).toMatchObject({ action: 'scale', threshold: 4, factor: 0.5, proceed: true });
  });

  it('without either, training halts', () => {
    const clipper = createClipper(faultyAt([0]));
    const alerts = alertsOf(clipper);
    const [step] = clipNorms(clipper, [8]);
    expect(step).toMatchObject({ action: 'halt', proceed: false, normAfter: 0 });
    expect(step!.decisions).toMatchObject([{ action: 'halt', normAfter: 0, factor: 1, threshold: Infinity }]);
    expect(step!.reason).toContain('boom');
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'HALTED']);
    expect(codeOf(() => clipNorms(clipper, [1]))).toBe('HALTED');
  });

  it('a factor, a clamp or a skip is no threshold to fall back to', () => {
    for (const bound of [{ factor: 0.5 }, { clamp: 1 }, { skip: 'no' }]) {
      const policy = answering(({ step }) => (step ? boom() : bound), { needs: ['maxAbs'] });
      expect(clipNorms(createClipper(policy), [8, 8])[1]!.action).toBe('halt');
    }
  });

  it('halts at once with onPolicyFault: halt', () => {
    const clipper = createClipper(faultyAt([1]), { onPolicyFault: 'halt', envelope: { max: 9 } });
    expect(clipNorms(clipper, [8, 8]).map(({ action }) => action)).toEqual(['scale', 'halt']);
  });

  it('goes on with the state object of before', () => {
    const states: object[] = [];
    const policy: ClipPolicy<{ norms: number[] }> = {
      name: 'mutating',
      init: () => ({ norms: [] }),
      decide(state, { norm, step }) {
        states.push(state);
        if (step === 1) boom();
        state.norms.push(norm);
        return [5, state];
      },
    };
    const clipper = createClipper(policy);
    clipNorms(clipper, [1, 2, 3]);
    expect(new Set(states).size).toBe(1);
    expect(states[0]).toEqual({ norms: [1, 3] });
  });

  it('in its init, it is asked for a state again at the next step', () => {
    let made = 0;
    const policy = answering((_, seen) => seen + 2, { init: () => (++made < 3 ? boom() : { seen: 0 }) });
    const clipper = createClipper(policy, { envelope: { max: 7 } });
    expect(clipNorms(clipper, [8, 8, 8, 8]).map(({ threshold }) => threshold)).toEqual([7, 7, 2, 3]);
    expect(made).toBe(3);
  });

  it.each([
    ['NaN', NaN],
    ['zero', 0],
    ['a negative number', -1],
    ['minus infinity', -Infinity],
    ['a text', '1'],
    ['nothing', undefined],
    ['null', null],
    ['a bigint', 1n],
    ['a list', [1]],
    ['an object that turns into a number', { valueOf: () => 1 }],
    ['a promise', Promise.resolve(1)],
    ['a thenable', { then: () => {} }],
    ['no kind of bound', {}],
    ['two kinds at once', { threshold: 1, target: 1, factor: 1 }],
    ['a threshold without a target', { threshold: 1 }],
    ['an infinite target', { threshold: 1, target: Infinity }],
    ['a factor of zero', { factor: 0 }],
    ['an infinite factor', { factor: Infinity }],
    ['a clamp that is NaN', { clamp: NaN }],
    ['a skip without a reason', { skip: '' }],
    ['a clamp without asking for maxAbs', { clamp: 1 }],
  ])('answering %s is a fault, not a number', (_name, answer) => {
    const clipper = createClipper(faultyAt([1], () => answer));
    const alerts = alertsOf(clipper);
    expect(clipNorms(clipper, [8, 8, 8]).map(({ threshold }) => threshold)).toEqual([2, 2, 3]);
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT']);
    expect(alerts[0]).toMatchObject({ step: 1, key: 'global', policy: 'answering', cause: { code: 'INVALID_BOUND' } });
  });

  it.each([
    ['a bound without a state', [1]],
    ['a bare bound', 1],
    ['nothing', undefined],
    ['a promise of a pair', Promise.resolve([1, null])],
    ['three things', [1, null, null]],
    ['an object that looks like a pair', { 0: 1, 1: null, length: 2 }],
  ])('returning %s is a fault', (_name, answer) => {
    const policy: ClipPolicy = { name: 'odd', init: () => null, decide: () => answer as never };
    expect(clipNorms(createClipper(policy, { envelope: { max: 4 } }), [8])[0]!.normAfter).toBe(4);
  });

  it.each([
    ['a text', 'a text'],
    ['nothing', undefined],
    ['null', null],
    ['a symbol', Symbol('boom')],
    ['an object without a prototype', Object.create(null)],
    ['an object whose text throws', { toString: boom }],
    ['an error whose message throws', Object.defineProperty(new Error('x'), 'message', { get: boom })],
  ])('throwing %s is contained like any other', (_name, thrown) => {
    const clipper = createClipper(
      faultyAt([1], () => {
        throw thrown;
      }),
    );
    const alerts = alertsOf(clipper);
    expect(clipNorms(clipper, [8, 8, 8]).map(({ threshold }) => threshold)).toEqual([2, 2, 3]);
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT']);
  });
});
