import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decaying } from '../src/index.ts';
import type { DecayingOptions } from '../src/index.ts';
import { SEED, someNorms, thresholds } from './support.ts';

const nines = (count: number) => Array<number>(count).fill(9);
const curves = fc.record({
  schedule: fc.constantFrom('linear', 'cosine', 'exponential'),
  from: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  ratio: fc.double({ min: 1e-6, max: 0.999, noNaN: true }),
  steps: fc.integer({ min: 1, max: 1000 }),
});

describe('worked numbers', () => {
  test('linear', () => {
    // 3 + (1 - 3) * s / 4
    const policy = decaying({ schedule: 'linear', from: 3, to: 1, steps: 4 });
    expect(thresholds(policy, nines(6))).toEqual([3, 2.5, 2, 1.5, 1, 1]);
  });

  test('cosine', () => {
    // cos(pi / 3) = 1/2, cos(2 pi / 3) = -1/2: 1 + 4 * (1 + 1/2) / 2 = 4, 1 + 4 * (1 - 1/2) / 2 = 2
    const answers = thresholds(decaying({ schedule: 'cosine', from: 5, to: 1, steps: 3 }), nines(5));
    [5, 4, 2, 1, 1].forEach((expected, step) => expect(answers[step]).toBeCloseTo(expected, 14));
  });

  test('exponential', () => {
    // 16 * (1 / 16) ^ (s / 4) halves at each step
    const policy = decaying({ schedule: 'exponential', from: 16, to: 1, steps: 4 });
    expect(thresholds(policy, nines(6))).toEqual([16, 8, 4, 2, 1, 1]);
  });

  test('step', () => {
    const stairs = { schedule: 'step', from: 8, factor: 0.5, every: 2 } as const;
    expect(thresholds(decaying(stairs), nines(6))).toEqual([8, 8, 4, 4, 2, 2]);
    expect(thresholds(decaying({ ...stairs, to: 3 }), nines(6))).toEqual([8, 8, 4, 4, 3, 3]);
  });

  test('on-hits lowers after a window with enough hits, and counts from zero again', () => {
    const policy = decaying({ schedule: 'on-hits', from: 8, to: 3, factor: 0.5, rate: 2 / 3, window: 3 });
    //             two hits of three: lower    one hit: stay    three hits: 4 * 0.5 is below 3
    const norms = /**/ [9, 1, 9, /*        */ 5, 4, 1, /*  */ 5, 5, 5, /*                   */ 9];
    expect(thresholds(policy, norms)).toEqual([8, 8, 8, 4, 4, 4, 4, 4, 4, 3]);
  });
});

describe('schedules by step', () => {
  test('begin exactly at from, never rise, end exactly at to', () => {
    fc.assert(
      fc.property(curves, ({ schedule, from, ratio, steps }) => {
        const to = from * ratio;
        const answers = thresholds(decaying({ schedule, from, to, steps }), nines(steps + 3));
        expect(answers[0]).toBe(from);
        for (let step = 1; step < steps; step++) expect(answers[step]).toBeLessThanOrEqual(answers[step - 1]!);
        expect(answers.slice(steps)).toEqual([to, to, to]);
      }),
      SEED,
    );
  });

  test('depend on the step only', () => {
    const policy = decaying({ schedule: 'cosine', from: 5, to: 1, steps: 7 });
    const [bound, state] = policy.decide(policy.init('a'), { step: 4, key: 'a', norm: 1e9, size: 1 });
    expect(state).toBeNull();
    expect(policy.forecast?.(null, { step: 4, key: 'b' })).toBe(bound);
  });

  test('a stair that would reach 0 holds the smallest positive number', () => {
    const policy = decaying({ schedule: 'step', from: 1, factor: 1e-200, every: 1 });
    expect(thresholds(policy, nines(4))).toEqual([1, 1e-200, 5e-324, 5e-324]);
    expect(policy.options).toEqual({ schedule: 'step', from: 1, factor: 1e-200, every: 1, to: 5e-324 });
  });

  test('from equal to to is a constant', () => {
    const policy = decaying({ schedule: 'exponential', from: 0.1, to: 0.1, steps: 3 });
    expect(thresholds(policy, nines(5))).toEqual(Array(5).fill(0.1));
  });
});

test('on-hits counts as a plain loop does, and its forecast is its answer', () => {
  const options = fc.record({
    factor: fc.double({ min: 0.01, max: 1, noNaN: true }),
    rate: fc.double({ min: 0.01, max: 1, noNaN: true }),
    window: fc.integer({ min: 1, max: 7 }),
  });
  fc.assert(
    fc.property(options, someNorms, ({ factor, rate, window }, norms) => {
      const policy = decaying({ schedule: 'on-hits', from: 5, to: 0.5, factor, rate, window });
      let threshold = 5;
      let state = policy.init('global');
      for (let start = 0; start < norms.length; start += window) {
        const chunk = norms.slice(start, start + window);
        for (const [i, norm] of chunk.entries()) {
          expect(policy.forecast!(state, { step: start + i, key: 'global' })).toBe(threshold);
          const [bound, next] = policy.decide(state, { step: start + i, key: 'global', norm, size: 1 });
          expect(bound).toBe(threshold);
          state = next;
        }
        const hits = chunk.filter((norm) => norm > threshold).length;
        if (hits / window >= rate) threshold = Math.max(threshold * factor, 0.5);
      }
    }),
    SEED,
  );
});

test('explains itself', () => {
  const linear = decaying({ schedule: 'linear', from: 3, to: 1, steps: 4 });
  expect(linear.explain!(null)).toBe('a linear curve from 3 to 1 over 4 steps');
  const onHits = decaying({ schedule: 'on-hits', from: 8, to: 1, factor: 0.5, rate: 0.5, window: 10 });
  const [, state] = onHits.decide(onHits.init('global'), { step: 0, key: 'global', norm: 9, size: 1 });
  expect(onHits.explain!(state)).toBe(
    'threshold 8 next, after 1 hits in 1 of 10 norms; lowered when the share of hits is 0.5 or more',
  );
});

describe('refuses', () => {
  const linear = { schedule: 'linear', from: 3, to: 1, steps: 4 };
  const stairs = { schedule: 'step', from: 3, factor: 0.5, every: 4 };
  const onHits = { schedule: 'on-hits', from: 3, to: 1, factor: 0.5, rate: 0.5, window: 4 };
  test.each([
    [
      { ...linear, schedule: 'lineal' },
      "decaying({ schedule }) must be one of 'linear', 'cosine', 'exponential', 'step', 'on-hits', got \"lineal\".",
    ],
    [{ ...linear, from: 0 }, 'decaying({ from }) must be a finite number > 0, got 0.'],
    [{ ...linear, from: Infinity }, 'decaying({ from }) must be a finite number > 0, got Infinity.'],
    [{ ...linear, to: 0 }, 'decaying({ to }) must be a number > 0 and at most from, got 0.'],
    [{ ...linear, to: 4 }, 'decaying({ to }) must be a number > 0 and at most from, got 4.'],
    [{ ...linear, to: undefined }, 'decaying({ to }) must be a number > 0 and at most from, got undefined.'],
    [{ ...linear, steps: 2.5 }, 'decaying({ steps }) must be an integer >= 1, got 2.5.'],
    [{ ...linear, factor: 0.5 }, 'decaying({ factor }) is not an option here. Known are schedule, from, to, steps.'],
    [{ ...stairs, factor: 0 }, 'decaying({ factor }) must be in (0, 1], got 0.'],
    [{ ...stairs, every: 0 }, 'decaying({ every }) must be an integer >= 1, got 0.'],
    [{ ...stairs, to: NaN }, 'decaying({ to }) must be a number > 0 and at most from, got NaN.'],
    [{ ...onHits, factor: 1.5 }, 'decaying({ factor }) must be in (0, 1], got 1.5.'],
    [{ ...onHits, rate: 0 }, 'decaying({ rate }) must be in (0, 1], got 0.'],
    [{ ...onHits, window: '4' }, 'decaying({ window }) must be an integer >= 1, got "4".'],
  ])('%o', (options, message) => {
    expect(() => decaying(options as DecayingOptions)).toThrow(message);
  });
});
