import { createClipper } from '@gradclip/core';
import type { ClipPolicy, GuardOptions } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, clip, clipNorms, codeOf, codesOf, errorOf, spelledState, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const boom = (): never => {
  throw new Error('boom');
};
/** Answers 2, 3, 4, ...; at some steps something else. */
const faultyAt = (steps: readonly number[], fault: () => unknown = boom): ClipPolicy<{ seen: number }> =>
  answering(({ step }, seen) => (steps.includes(step) ? fault() : seen + 2));
const always = Array.from({ length: 20 }, (_, step) => step);

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

describe('faults that come again', () => {
  const options: GuardOptions = { envelope: { max: 9 } };

  it('quarantine the policy at the third, and it is not asked again', () => {
    let asked = 0;
    const clipper = createClipper(faultyAt([1, 3, 4], () => (asked++, boom())));
    const alerts = alertsOf(clipper);
    const steps = clipNorms(clipper, [8, 8, 8, 8, 8, 8, 8]);
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT', 'POLICY_QUARANTINED']);
    expect(asked).toBe(3);
    // 2, fault: 2, 3, fault: 3, fault: 3, then quarantined: 3 for good.
    expect(steps.map(({ threshold }) => threshold)).toEqual([2, 2, 3, 3, 3, 3, 3]);
    expect(steps[6]!.reason).toContain('quarantined');
  });

  it('one faulty step of a group is one fault, however many keys', () => {
    const clipper = createClipper(faultyAt([1, 2]), { scope: 'tensor' });
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 4; i++) clip(clipper, { a: [8], b: [8], c: [8] });
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT']);
    expect(alerts.map(({ key }) => key)).toEqual(['a', 'a']);
    expect((clipper.state() as { groups: { faults: number }[] }).groups[0]!.faults).toBe(2);
  });

  it('each key falls back to its own last good threshold', () => {
    const policy = answering(({ step, key }) => (step ? boom() : key === 'a' ? 2 : 4));
    const clipper = createClipper(policy, { scope: 'tensor' });
    clip(clipper, { a: [8], b: [8] });
    expect(clip(clipper, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([2, 4]);
  });

  it('groups are counted apart', () => {
    const clipper = createClipper(
      [
        { match: 'a', policy: faultyAt(always) },
        { match: 'b', policy: faultyAt([]) },
      ],
      options,
    );
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 4; i++) clip(clipper, { a: [8], b: [8] });
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT', 'POLICY_QUARANTINED']);
    expect(clip(clipper, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([9, 6]);
  });

  it('a quarantined policy has nothing for a new key, so that training halts', () => {
    const clipper = createClipper(faultyAt([1, 2, 3]), { scope: 'tensor' });
    for (let i = 0; i < 4; i++) clip(clipper, { a: [8] });
    const step = clip(clipper, { a: [8], b: [8] });
    expect(step.action).toBe('halt');
    expect(step.decisions.map(({ key, action }) => [key, action])).toEqual([
      ['a', 'scale'],
      ['b', 'halt'],
    ]);
  });

  it('are counted by step, also when steps are done again after a rollback', () => {
    const clipper = createClipper(faultyAt([1, 2, 3]));
    clipNorms(clipper, [8]);
    const saved = clipper.state();
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 3; i++) {
      clipNorms(clipper, [8]);
      expect((clipper.state() as { groups: { faults: number }[] }).groups[0]!.faults).toBe(1);
      clipper.restore(saved);
    }
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT']);
  });

  it('are forgotten with clearFaults only', () => {
    const make = () => createClipper(faultyAt([0, 1, 2]), options);
    const first = make();
    clipNorms(first, [8, 8, 8]);
    const [kept, cleared] = [make(), make()];
    kept.restore(first.state());
    cleared.restore(first.state(), { clearFaults: true });
    expect(clipNorms(kept, [8])[0]!.threshold).toBe(9);
    expect(clipNorms(cleared, [8])[0]!.threshold).toBe(2);
  });

  it('halt nothing while observing, and clip nothing without a threshold', () => {
    const clipper = createClipper(faultyAt(always), { observe: true, onPolicyFault: 'halt' });
    const steps = clipNorms(clipper, [8, 8, 8, 8, 8]);
    expect(steps.every(({ action, proceed }) => action === 'pass' && proceed)).toBe(true);
  });
});

describe('a policy that calls its own clipper', () => {
  it('is refused, which is a fault of the policy', () => {
    const calls: (() => unknown)[] = [];
    const policy = answering(({ step }) => (step === 1 ? calls[0]!() : 2));
    const clipper = createClipper(policy);
    const alerts = alertsOf(clipper);
    clipNorms(clipper, [8]);
    const saved = clipper.state();
    calls.push(() => clip(clipper, { w: [1] }));
    clipNorms(clipper, [8]);
    expect(alerts).toMatchObject([{ code: 'POLICY_FAULT', step: 1, cause: { code: 'REENTRANT' } }]);
    calls[0] = () => clipper.restore(saved);
    clipper.restore(saved);
    expect(clipNorms(clipper, [8])[0]!.threshold).toBe(2);
    expect(alerts.at(-1)).toMatchObject({ code: 'POLICY_FAULT', cause: { code: 'REENTRANT' } });
  });

  it('is refused in a forecast, too, and no step is lost', () => {
    const forecast = (): number => (clip(clipper, { w: [1] }), 2);
    const clipper = createClipper(answering(() => 2, { forecast }));
    clipNorms(clipper, [8]);
    expect(clipper.forecast(['w'])).toBeUndefined();
    expect(clip(clipper, { w: [1] }, { step: 1 }).step).toBe(1);
  });

  it('cannot spoil the step by what it writes into the event', () => {
    const policy = answering((event) => {
      Object.assign(event, { norm: 0, maxAbs: 0, key: 'other', step: 99 });
      return 2;
    });
    const clipper = createClipper(policy, { shadows: { two: 2 } });
    expect(clipNorms(clipper, [8])[0]!.decisions[0]).toMatchObject({ key: 'global', norm: 8, factor: 0.25, step: 0 });
    expect(clipper.stats().shadows['two']!.clipRate).toBe(1);
  });
});

describe('promises that a policy leaves behind', () => {
  it('reject without ending the process', async () => {
    const rejected = (): never => Promise.reject(new Error('boom')) as never;
    const clippers = [
      createClipper({ name: 'whole', init: () => null, decide: rejected }, { envelope: { max: 4 } }),
      createClipper(answering(rejected), { envelope: { max: 4 } }),
      createClipper(answering(() => 4, { forecast: rejected }), { envelope: { max: 4 } }),
    ];
    const unhandled: unknown[] = [];
    const listen = (cause: unknown): void => void unhandled.push(cause);
    process.on('unhandledRejection', listen);
    for (const clipper of clippers) {
      clipper.forecast(['w']);
      expect(clipNorms(clipper, [8])[0]!.normAfter).toBe(4);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
    expect(errorOf(() => clippers[0]!.state())).toBeUndefined();
    expect(spelledState(clippers[0]!)).toContain('"faults":1');
  });
});
