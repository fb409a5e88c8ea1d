import { rewarm } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { normQueue } from '../src/index.ts';
import type { NormQueueOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';
import { thresholds } from './support.ts';

describe('worked numbers', () => {
  test('1.5 means and 2 deviations of a population', () => {
    // (2) 3; (2, 3): mean 2.5, deviation 0.5, 4.75; 4.75 is left of 9: (2, 3, 4.75) has the mean 3.25
    const answers = thresholds(normQueue({ seed: Infinity }), [2, 3, 9, 0]);
    expect(answers.slice(0, 3)).toEqual([Infinity, 3, 4.75]);
    const deviation = Math.sqrt((1.25 ** 2 + 0.25 ** 2 + 1.5 ** 2) / 3);
    expect(answers[3]).toBeCloseTo(1.5 * 3.25 + 2 * deviation, 13);
  });

  test('the seed of 3000: the first threshold is 4500, and it leaves after 50 norms', () => {
    const answers = thresholds(normQueue(), Array<number>(60).fill(1));
    expect(answers[0]).toBe(4500);
    // 3000 and forty-nine times 1: mean 60.98, deviation 2999 * sqrt(49) / 50
    expect(answers[49]).toBeCloseTo(1.5 * 60.98 + 2 * 2999 * (7 / 50), 9);
    expect(answers.slice(50)).toEqual(Array(10).fill(1.5));
  });
});

test.each<NormQueueOptions>([
  {},
  { seed: Infinity },
  { seed: 5, window: 7 },
  { seed: Infinity, window: 1, stdFactor: 0, meanFactor: 3 },
  { meanFactor: 0.9, stdFactor: 0.5, window: 200, seed: 1 },
])('answers as the formulas do: %o', (options) => {
  expectNear(afters(normQueue(options), scene), slowly(options, scene));
});

test('a rise of 100 times is followed by some 5 percent a step; rewarm is quicker', () => {
  const norms = [...Array<number>(80).fill(1), ...Array<number>(120).fill(100)];
  const left = afters(normQueue(), norms);
  expect(left[150]! / left[149]!).toBeCloseTo(1.054, 2);
  expect(left[120]).toBeLessThan(100);
  expect(left.slice(170)).toEqual(norms.slice(170));
  expect(afters(rewarm(normQueue(), { after: 20 }), norms).slice(100)).toEqual(norms.slice(100));
});

test('zeros alone clip nothing, and what follows is learned from', () => {
  expect(thresholds(normQueue({ seed: Infinity, window: 3 }), [0, 0, 0, 4, 0]).slice(0, 4)).toEqual(
    Array(4).fill(Infinity),
  );
  expect(thresholds(normQueue({ seed: Infinity, window: 3 }), [0, 0, 0, 4, 0]).at(-1)).toBeLessThan(Infinity);
});

test('a huge norm leaves no trace once it has left the queue', () => {
  const norms = scene.slice(0, 140);
  const options = { seed: Infinity, window: 10 };
  const spiked = thresholds(normQueue(options), [1e300, ...norms]);
  // What was recorded first limits what is recorded next, so that it is forgotten a little later than it leaves.
  expectNear(spiked.slice(61), thresholds(normQueue(options), norms).slice(60));
});

test('without a seed, norms times a power of two give thresholds times it, to the bit', () => {
  const policy = normQueue({ seed: Infinity });
  const scaled = thresholds(
    policy,
    scene.map((norm) => norm * 2 ** -30),
  );
  expect(scaled).toEqual(thresholds(policy, scene).map((threshold) => threshold * 2 ** -30));
});

test('options have their defaults filled in', () => {
  expect(normQueue().options).toEqual({ meanFactor: 1.5, stdFactor: 2, window: 50, seed: 3000 });
});

test('explains itself', () => {
  const policy = normQueue({ seed: Infinity });
  expect(policy.explain!(policy.init('a'))).toBe(
    'no threshold: no norm was known, or all were 0; of 0 norms the mean is now 0, the deviation 0',
  );
  let state = policy.init('a');
  for (const [step, norm] of [2, 3].entries()) [, state] = policy.decide(state, { step, key: 'a', norm, size: 1 });
  expect(policy.explain!(state)).toBe(
    'threshold 3 = 1.5 * mean + 2 * deviation; of 2 norms the mean is now 2.5, the deviation 0.5',
  );
  expect(outcomes(policy, [1])).toHaveLength(1);
});

describe('refuses', () => {
  test.each([
    [{ meanFactor: 0 }, 'normQueue({ meanFactor }) must be a finite number > 0, got 0.'],
    [{ stdFactor: -1 }, 'normQueue({ stdFactor }) must be a finite number >= 0, got -1.'],
    [{ window: 0 }, 'normQueue({ window }) must be an integer >= 1, got 0.'],
    [{ window: Infinity }, 'normQueue({ window }) must be an integer >= 1, got Infinity.'],
    [{ seed: 0 }, 'normQueue({ seed }) must be a number > 0, got 0.'],
    [{ maxLen: 50 }, 'normQueue({ maxLen }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => normQueue(options as NormQueueOptions)).toThrow(message);
  });
});

/** The rule as it is written down: a list, its mean, its standard deviation. */
function slowly(options: NormQueueOptions, norms: readonly number[]): number[] {
  const { meanFactor = 1.5, stdFactor = 2, window = 50, seed = 3000 } = options;
  const items = seed < Infinity ? [seed] : [];
  return norms.map((norm) => {
    const mean = items.reduce((sum, item) => sum + item, 0) / items.length;
    const std = Math.sqrt(items.reduce((sum, item) => sum + (item - mean) ** 2, 0) / items.length);
    const after = items.length === 0 ? norm : Math.min(norm, meanFactor * mean + stdFactor * std || Infinity);
    items.unshift(after);
    if (items.length > window) items.pop();
    return after;
  });
}
