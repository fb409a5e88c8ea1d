import { describe, expect, test } from 'vitest';
import { quantileTracking } from '../src/index.ts';
import type { QuantileTrackingOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';
import { noise, thresholds } from './support.ts';

describe('worked numbers', () => {
  test('arithmetic', () => {
    const options = { targetQuantile: 0.75, learningRate: 1, initialEstimate: 2 };
    // 3 and 9 are above: + 0.75; 1 is not: - 0.25
    expect(thresholds(quantileTracking({ ...options, update: 'arithmetic' }), [3, 9, 1, 9])).toEqual([
      2, 2.75, 3.5, 3.25,
    ]);
  });

  test('geometric: equal counts as below', () => {
    const policy = quantileTracking({ targetQuantile: 0.75, learningRate: Math.log(16), initialEstimate: 2 });
    // Up by 16^0.75 = 8, down by 16^-0.25 = 1/2
    expectNear(thresholds(policy, [2, 3, 4, 100]), [2, 1, 8, 4]);
  });

  test('defaults of the paper: the median from 0.1 on, 1.1 times up or 0.9 times down', () => {
    expectNear(thresholds(quantileTracking(), [1, 1, 0]), [0.1, 0.1 * Math.exp(0.1), 0.1 * Math.exp(0.2)]);
    expect(quantileTracking().options).toEqual({
      targetQuantile: 0.5,
      learningRate: 0.2,
      initialEstimate: 0.1,
      update: 'geometric',
      zeroing: false,
    });
  });

  test("'first': the first norm above 0 is the estimate", () => {
    const policy = quantileTracking({ initialEstimate: 'first', learningRate: 2 });
    expectNear(thresholds(policy, [0, 5, 6, 0]), [Infinity, Infinity, 5, 5 * Math.E]);
  });
});

test('two bounds: drops above 2 * Q + 1 of the largest elements, and clips the others', () => {
  const policy = quantileTracking({
    update: 'arithmetic',
    targetQuantile: 0.5,
    learningRate: 1,
    initialEstimate: 4,
    zeroing: { targetQuantile: 0.9, learningRate: 1, initialEstimate: 1 },
  });
  const largest = [3, 3.1, 4.8, 4.9];
  const answers = outcomes(policy, [5, 5, 9, 9], (_, step) => ({ maxAbs: largest[step]! }));
  // 3 is not above 2 * 1 + 1, 3 > 1: Q 1.9, limit 4.8; 3.1 > 1.9: Q 2.8, limit 6.6. C rises by 0.5 each time
  expect(answers.map(({ bound }) => bound)).toEqual([4, 4.5, 5, 5.5]);
  const dropped = outcomes(policy, [5, 5, 9], (_, step) => ({ maxAbs: [3.5, 3, 4.8][step]! }));
  // 3.5 is above 3: dropped, Q 1.9, and C falls by 0.5 as after a norm of 0
  expect(dropped.map(({ bound }) => bound)).toEqual([{ skip: 'largest element 3.5 is above 3' }, 3.5, 4]);
  expect(policy.needs).toEqual(['maxAbs']);
  expect('forecast' in policy).toBe(false);
});

test("two bounds: '{}' is the pair of TensorFlow Federated", () => {
  expect(quantileTracking({ zeroing: {} }).options).toEqual({
    targetQuantile: 0.8,
    learningRate: 0.2,
    initialEstimate: 1,
    update: 'geometric',
    zeroing: { targetQuantile: 0.98, learningRate: Math.LN10, initialEstimate: 10, multiplier: 2, increment: 1 },
  });
});

const largestOf = (norm: number, step: number) => ({ maxAbs: norm * (0.2 + 0.1 * (step % 7)) });

test.each<QuantileTrackingOptions>([
  {},
  { targetQuantile: 0.9, learningRate: 0.1, initialEstimate: 7 },
  { update: 'arithmetic', learningRate: 0.05, targetQuantile: 0.3 },
  { zeroing: {} },
  { targetQuantile: 0.6, zeroing: { targetQuantile: 0.5, learningRate: 0.3, multiplier: 1.5, increment: 0.2 } },
])('answers as the formulas do: %o', (options) => {
  expectNear(afters(quantileTracking(options), scene, largestOf), slowly(options, scene));
});

test('settles at the quantile', () => {
  const random = noise(5);
  const norms = Array.from({ length: 20_000 }, () => random.next().value);
  const policy = quantileTracking({ targetQuantile: 0.8, learningRate: 0.01, initialEstimate: 1e-6 });
  const late = thresholds(policy, norms).slice(5000);
  expect(late.reduce((sum, threshold) => sum + threshold) / late.length).toBeCloseTo(0.8, 1);
});

test('recovers from any start in logarithmic time', () => {
  const at = (initialEstimate: number) => thresholds(quantileTracking({ initialEstimate }), Array(800).fill(1)).at(-1)!;
  for (const start of [1e-30, 1e30]) expect(Math.abs(Math.log(at(start)))).toBeLessThan(0.2);
});

test('zeros take the estimate down no further than it can rise from', () => {
  const policy = quantileTracking({ learningRate: 20 });
  const answers = thresholds(policy, [...Array<number>(200).fill(0), ...Array<number>(200).fill(1)]);
  expect(answers[200]).toBe(2 ** -1022);
  expect(answers.at(-1)).toBeGreaterThan(0.01);
});

test('an estimate that an arithmetic step takes to 0 or below clips nothing, and rises again', () => {
  const policy = quantileTracking({ update: 'arithmetic', initialEstimate: 0.1, learningRate: 0.4 });
  const answers = thresholds(policy, [0.05, 1, 1]);
  expect(answers.slice(0, 2)).toEqual([0.1, Infinity]); // 0.1 - 0.2
  expect(answers[2]).toBeCloseTo(0.1, 14); // - 0.1 + 0.2
});

test('explains itself', () => {
  const first = quantileTracking({ initialEstimate: 'first' });
  expect(first.explain!(first.init('a'))).toBe(
    'no threshold: no norm above 0 is known; it tracks the quantile 0.5 of the norms',
  );
  const pair = quantileTracking({ zeroing: {} });
  expect(pair.explain!(pair.init('a'))).toBe(
    'threshold 1 next, which tracks the quantile 0.8 of the norms; drops above 2 * 10 + 1, for the largest elements',
  );
  const low = quantileTracking({ update: 'arithmetic', initialEstimate: 0.1, learningRate: 0.4 });
  const [, state] = low.decide(low.init('a'), { step: 0, key: 'a', norm: 0, size: 1 });
  expect(low.explain!(state)).toBe(
    'no threshold: the estimate -0.1 is not above 0; it tracks the quantile 0.5 of the norms',
  );
});

describe('refuses', () => {
  const call = 'quantileTracking';
  test.each([
    [{ targetQuantile: 1.1 }, `${call}({ targetQuantile }) must be in [0, 1], got 1.1.`],
    [{ learningRate: 0 }, `${call}({ learningRate }) must be a finite number > 0, got 0.`],
    [{ initialEstimate: 0 }, `${call}({ initialEstimate }) must be a finite number > 0 or 'first', got 0.`],
    [{ update: 'linear' }, `${call}({ update }) must be one of 'geometric', 'arithmetic', got "linear".`],
    [{ zeroing: true }, `${call}: zeroing(options) must be an object, got true.`],
    [{ zeroing: { update: 'geometric' } }, `${call}: zeroing({ update }) is not an option here.`],
    [{ zeroing: { targetQuantile: NaN } }, `${call}: zeroing({ targetQuantile }) must be in [0, 1], got NaN.`],
    [{ zeroing: { multiplier: 0 } }, `${call}: zeroing({ multiplier }) must be a finite number > 0, got 0.`],
    [{ zeroing: { increment: -1 } }, `${call}: zeroing({ increment }) must be a finite number >= 0, got -1.`],
    [{ gamma: 0.5 }, `${call}({ gamma }) is not an option here.`],
  ])('%o', (options, message) => {
    expect(() => quantileTracking(options as QuantileTrackingOptions)).toThrow(message);
  });
});

/** The rule as it is written down: share below, its distance from the target, one step. */
function slowly(options: QuantileTrackingOptions, norms: readonly number[]): number[] {
  const { update = 'geometric', zeroing = false } = options;
  const moved = (estimate: number, value: number, target: number, rate: number) => {
    const step = rate * ((value <= estimate ? 1 : 0) - target);
    return update === 'geometric' ? estimate * Math.exp(-step) : estimate - step;
  };
  const { targetQuantile = zeroing ? 0.8 : 0.5, learningRate = 0.2, initialEstimate = zeroing ? 1 : 0.1 } = options;
  let clip = initialEstimate as number;
  const far = { targetQuantile: 0.98, learningRate: Math.log(10), initialEstimate: 10, multiplier: 2, increment: 1 };
  const { targetQuantile: q, learningRate: eta, multiplier, increment, ...drop } = { ...far, ...zeroing };
  let largest = drop.initialEstimate as number;
  return norms.map((norm, step) => {
    const { maxAbs } = largestOf(norm, step);
    const sent = zeroing && maxAbs > multiplier * largest + increment ? 0 : norm;
    largest = moved(largest, maxAbs, q, eta);
    const after = clip > 0 ? Math.min(sent, clip) : sent;
    clip = moved(clip, sent, targetQuantile, learningRate);
    return after;
  });
}
