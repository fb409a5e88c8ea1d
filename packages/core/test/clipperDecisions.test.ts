import { createClipper, decode, encode } from '@gradclip/core';
import type { ClipBound, ClipperOptions } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answering, clip, clipNorms, codeOf, errorOf, recording, spelled, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const SEED = { seed: 20_130_716 };

describe('a step with one key', () => {
  it('has the numbers of its key, and one factor for every tensor', () => {
    // sqrt(1 + 4 + 4) = 3 over 1.5: everything is halved.
    const step = clip(createClipper(1.5), { a: [1, 2], b: [2] }, { step: 0 });
    expect(step).toMatchObject({
      step: 0,
      action: 'scale',
      proceed: true,
      applied: true,
      norm: 3,
      normAfter: 1.5,
      threshold: 1.5,
      factor: 0.5,
    });
    expect([[...step.factors('a')], [...step.factors('b')], [...step.clamps('a')]]).toEqual([[0.5], [0.5], [Infinity]]);
    expect(step.decisions).toEqual([
      {
        step: 0,
        key: 'global',
        norm: 3,
        threshold: 1.5,
        action: 'scale',
        factor: 0.5,
        normAfter: 1.5,
        policy: 'fixed',
        clock: 'exact',
        basedOn: 0,
      },
    ]);
    expect('reason' in step).toBe(false);
  });

  it('is the identity up to the threshold, for a zero norm and without a threshold', () => {
    for (const [threshold, norm] of [
      [2, 2],
      [2, 1.9],
      [2, 0],
      [Infinity, 1e100],
    ] as const)
      expect(clipNorms(createClipper(threshold), [norm])[0]).toMatchObject({
        action: 'pass',
        factor: 1,
        normAfter: norm,
      });
  });

  it.each<[name: string, bound: ClipBound, expected: object]>([
    [
      'a threshold and a target',
      { threshold: 4, target: 2 },
      { action: 'scale', threshold: 4, factor: 0.25, normAfter: 2 },
    ],
    ['a target above the norm', { threshold: 4, target: 9 }, { action: 'pass', threshold: 4, factor: 1, normAfter: 8 }],
    ['a factor below 1', { factor: 0.5 }, { action: 'scale', threshold: Infinity, factor: 0.5, normAfter: 4 }],
    ['a factor above 1', { factor: 2 }, { action: 'scale', threshold: Infinity, factor: 2, normAfter: 16 }],
    ['a factor of 1', { factor: 1 }, { action: 'pass', threshold: Infinity, factor: 1, normAfter: 8 }],
    [
      'a clamp below the largest element',
      { clamp: 3 },
      { action: 'clamp', threshold: Infinity, factor: 1, normAfter: NaN },
    ],
    ['a clamp at the largest element', { clamp: 8 }, { action: 'pass', threshold: Infinity, factor: 1, normAfter: 8 }],
    ['a skip', { skip: 'no' }, { action: 'skip', threshold: Infinity, factor: 1, normAfter: 0, reason: 'no' }],
  ])('%s does what it says to a norm of 8', (_name, bound, expected) => {
    const step = clipNorms(createClipper(answering(() => bound, { needs: ['maxAbs'] })), [8])[0]!;
    expect(step).toMatchObject(expected);
    expect(step.decisions[0]).toMatchObject(expected);
  });

  it('keeps to the envelope and adds epsilon to the norm of a hit', () => {
    const after = (bound: ClipBound, options: ClipperOptions) =>
      clipNorms(
        createClipper(
          answering(() => bound),
          options,
        ),
        [8],
      )[0]!.normAfter;
    expect(after(1, { envelope: { min: 2 } })).toBe(2);
    expect(after(Infinity, { envelope: { max: 4 } })).toBe(4);
    expect(after({ threshold: 1, target: 1 }, { envelope: { min: 2, max: 4 } })).toBe(2);
    expect(after({ factor: 3 }, { envelope: { max: 16 } })).toBe(16);
    expect(after({ factor: 0.01 }, { envelope: { min: 2 } })).toBe(2);
    // 8 * 2 / (8 + 8)
    expect(after(2, { epsilon: 8 })).toBe(1);
    expect(after({ factor: 0.5 }, { epsilon: 8 })).toBe(4);
  });
});

describe('a step with many keys', () => {
  const bounds: Record<string, ClipBound | 'boom'> = {
    pass: 100,
    scale: 4,
    clamp: { clamp: 1 },
    skip: { skip: 'the skip' },
    halt: 'boom',
  };
  const policy = answering(
    ({ key }) => {
      const bound = bounds[key]!;
      if (bound === 'boom') throw new Error('boom');
      return bound;
    },
    { needs: ['maxAbs'] },
  );
  const order = ['halt', 'skip', 'zero', 'clamp', 'scale', 'pass'] as const;

  it('takes the first that applies of halt, skip, zero, clamp, scale, pass', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...order), { minLength: 1 }), (present) => {
        const clipper = createClipper(policy, { scope: 'tensor', onNonFinite: 'zero' });
        const keys = present.filter((action) => action !== 'zero');
        const tensors = Object.fromEntries(keys.map((key) => [key, [8]]));
        const step = clip(clipper, present.includes('zero') ? { ...tensors, pass: [8, NaN] } : tensors);
        const expected = order.find((action) => present.includes(action))!;
        expect(step.action).toBe(expected);
        expect(step.proceed).toBe(expected !== 'halt' && expected !== 'skip');
        if (expected === 'skip') expect(step.reason).toBe('the skip');
        if (expected === 'halt') expect(step.reason).toContain('boom');
        expect(step.normAfter).toEqual(
          { halt: 0, skip: 0, clamp: NaN, pass: step.norm }[expected as string] ?? expect.any(Number),
        );
      }),
      SEED,
    );
  });

  it('has a joint norm before and after, and no threshold of its own', () => {
    const step = clip(createClipper(4, { scope: 'tensor' }), { a: [6, 8], b: [3] });
    // sqrt(10^2 + 3^2), and sqrt(4^2 + 3^2) = 5
    expect(step).toMatchObject({ action: 'scale', norm: Math.sqrt(109), normAfter: 5 });
    expect([step.threshold, step.factor]).toEqual([undefined, undefined]);
    expect(step.decisions.map(({ key, norm, factor, normAfter }) => [key, norm, factor, normAfter])).toEqual([
      ['a', 10, 0.4, 4],
      ['b', 3, 1, 3],
    ]);
  });

  it('does not know a tensor that was not measured', () => {
    for (const scope of ['global', 'tensor'] as const) {
      const step = clip(createClipper(1, { scope }), { a: [1], b: [1] });
      for (const look of [() => step.factors('x'), () => step.clamps('x')])
        expect(errorOf(look)).toMatchObject({ code: 'UNKNOWN_TENSOR', where: { tensor: 'x' } });
    }
  });

  it('owns its numbers: they are the same after the next steps', () => {
    fc.assert(
      fc.property(fc.constantFrom('global', 'tensor', 'unit'), fc.boolean(), (scope, read) => {
        const clamping = answering(({ norm }) => (norm > 6 ? { clamp: 2 } : 4), { needs: ['maxAbs'] });
        const make = () => createClipper(clamping, { scope: scope as 'tensor' });
        const first = { a: [[5], [8]], b: [[7], [1]] };
        const clipper = make();
        const step = clip(clipper, first, { lossScale: 2 });
        if (read) spelled(step, ['a', 'b']);
        clip(clipper, { a: [[1], [1]], b: [[90], [90]] }, { lossScale: 4 });
        clip(clipper, { b: [[90], [90]] });
        clip(clipper, { a: [[NaN], [1]], b: [[90], [90]] });
        expect(spelled(step, ['a', 'b'])).toBe(spelled(clip(make(), first, { lossScale: 2 }), ['a', 'b']));
      }),
      SEED,
    );
  });
});

describe('events of a policy', () => {
  it('have only what the policy asked for', () => {
    const { policy, asked } = recording({ needs: ['loss', 'learningRate'] });
    const shadow = recording({ needs: ['maxAbs'] });
    const clipper = createClipper(policy, { shadows: { shadow: shadow.policy } });
    clip(clipper, { w: [3] }, { loss: 0.5, learningRate: 0.1 });
    expect(asked).toEqual([{ step: 0, key: 'global', norm: 3, size: 1, loss: 0.5, learningRate: 0.1 }]);
    expect(shadow.asked).toEqual([{ step: 0, key: 'global', norm: 3, size: 1, maxAbs: 3 }]);
  });

  it('survive a state in between', () => {
    const clipper = createClipper(answering((_, seen) => seen + 1));
    clipNorms(clipper, [8]);
    clipper.restore(decode(encode(clipper.state())));
    expect(clipNorms(clipper, [8])[0]!.threshold).toBe(2);
    expect(codeOf(() => clipper.state())).toBeUndefined();
  });
});
