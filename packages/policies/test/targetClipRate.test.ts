import { cap } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { targetClipRate } from '../src/index.ts';
import type { TargetClipRateOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose, ordinary, POISONS, poisoned } from './answers.ts';
import { noise } from './support.ts';

const BAND = { low: 0.1, high: 0.3 };
const thresholdsOf = (norms: readonly number[], options: TargetClipRateOptions = BAND) =>
  answers(targetClipRate(options), eventsOf(norms)) as number[];

test('worked numbers', () => {
  // window 2, eta 0.5, middle 0.5: up 1.25, down 0.75; the share begins at 0.5
  const options = { low: 0.25, high: 0.75, window: 2, eta: 0.5 };
  // 4 is the first threshold. 8 is a hit: share 0.75, in the band. 8 is a hit: share 0.875, 4 * 1.25 = 5; two hits in a row: at
  // least the smaller, 8. 2 is a miss: share 0.4375, in the band. 2 is a miss: share 0.21875, 8 * 0.75 = 6; two misses in a row:
  // at most the larger, 2. 3 is a hit: share 0.609.
  expect(thresholdsOf([4, 8, 8, 2, 2, 3, 1], options)).toEqual([Infinity, 4, 4, 8, 8, 2, 2]);
});

test('worked numbers with the defaults', () => {
  // middle 0.2: up 1 + 0.2 * 0.8 = 1.16, down 1 - 0.2 * 0.2 = 0.96. Hits: share 1 - 0.8 * 0.98^k, above 0.3 from the 7th on.
  expectClose(thresholdsOf([1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0.1]), [
    Infinity,
    1,
    1,
    1,
    1,
    1,
    1,
    1,
    1.16,
    1.16 ** 2,
    1.16 ** 3,
  ]);
  // Misses: share 0.2 * 0.98^k, below 0.1 from the 35th on.
  const misses = thresholdsOf([1, ...Array<number>(40).fill(0.5)]);
  expect(misses[35]).toBe(1);
  expectClose([misses[36], misses[37]], [0.96, 0.96 ** 2]);
});

test('answers as the three sentences of its description do', () => {
  for (const options of [BAND, { low: 0, high: 0.2, window: 7, eta: 0.5 }, { low: 0.6, high: 0.7, window: 20 }])
    expectClose(thresholdsOf(COURSE, options), described(options, COURSE));
});

describe('keeps the share of clipped steps in the band', () => {
  const gauss = (random: Generator<number, never>) =>
    Math.sqrt(-2 * Math.log(random.next().value)) * Math.cos(2 * Math.PI * random.next().value);
  const kinds: Record<string, (random: Generator<number, never>, i: number) => number> = {
    even: (random) => 0.5 + random.next().value,
    narrow: (random) => 1 + 0.01 * random.next().value,
    'heavy tail': (random) => (1 - random.next().value) ** (-1 / 1.3),
    'log-normal': (random) => Math.exp(0.3 * gauss(random)),
    'falling a thousandfold': (random, i) => Math.exp(0.3 * gauss(random)) * 10 ** (-3 * (i / 5000)),
    'rising a thousandfold': (random, i) => Math.exp(0.3 * gauss(random)) * 10 ** (3 * (i / 5000)),
    'in waves': (random, i) => Math.exp(0.2 * gauss(random) + Math.sin(i / 200)),
  };

  test.each(Object.entries(kinds))('%s', (_, kind) => {
    for (const seed of [1, 2, 3]) {
      const random = noise(seed * 7919);
      const norms = Array.from({ length: 5000 }, (_unused, i) => kind(random, i));
      const policy = targetClipRate(BAND);
      let state = policy.init('global');
      const hits = eventsOf(norms).map((event) => {
        const [bound, next] = policy.decide(state, event);
        state = next;
        return event.norm > (bound as number);
      });
      for (let from = 500; from < 5000; from += 500) {
        const share = hits.slice(from, from + 500).filter(Boolean).length / 500;
        expect(share).toBeGreaterThan(0.1);
        expect(share).toBeLessThan(0.3);
      }
    }
  });
});

test('the threshold stays where it is while the share is in the band', () => {
  const thresholds = thresholdsOf(ordinary(3000));
  const moves = thresholds.slice(501).filter((threshold, i) => threshold !== thresholds[500 + i]);
  expect(moves.length).toBeLessThan(400);
});

test.each([
  [100, 40],
  [1e6, 60],
  [1e300, 60],
  [0.01, 100],
  [1e-6, 100],
  [1e-300, 100],
])('a level of %d times is reached within %d steps', (level, steps) => {
  const norms = [...ordinary(1000), ...ordinary(300, level)];
  const after = thresholdsOf(norms).slice(1000 + steps);
  for (const threshold of after.slice(0, 100)) {
    expect(threshold).toBeGreaterThan(0.5 * level);
    expect(threshold).toBeLessThan(1.8 * level);
  }
});

test.each(POISONS)('lives through norms of %d', (poison) => {
  for (const norms of Object.values(poisoned(poison, 80))) {
    const thresholds = thresholdsOf(norms);
    expect(thresholds.every((threshold) => threshold > 0)).toBe(true);
    for (const threshold of thresholds.slice(-250)) {
      expect(threshold).toBeGreaterThan(0.5);
      expect(threshold).toBeLessThan(1.8);
    }
  }
});

test('zero norms change nothing', () => {
  const without = thresholdsOf([2, 1, 3, 1]);
  expect(thresholdsOf([0, 2, 0, 1, 0, 3, 1, 0])).toEqual([Infinity, Infinity, 2, 2, 2, 2, 2, 2]);
  expect(without).toEqual([Infinity, 2, 2, 2]);
});

test('norms times a power of two give thresholds times it, to the bit', () => {
  const scaled = thresholdsOf(COURSE.map((norm) => norm * 2 ** -40));
  expect(scaled).toEqual(thresholdsOf(COURSE).map((threshold) => threshold * 2 ** -40));
});

test('cap ends an explosion that it follows', () => {
  const norms = Array.from({ length: 300 }, (_, i) => 1.1 ** i);
  const bounds = answers(cap(targetClipRate(BAND), 5), eventsOf(norms)) as number[];
  expect(bounds.every((bound) => bound <= 5)).toBe(true);
  expect(thresholdsOf(norms).at(-1)).toBeGreaterThan(1e11);
});

test('the forecast is the next answer; has its defaults and words', () => {
  const policy = targetClipRate(BAND);
  expect(policy.options).toEqual({ ...BAND, window: 50, eta: 0.2 });
  let state = policy.init('global');
  expect(policy.explain!(state)).toBe('no threshold: no norm was known');
  for (const event of eventsOf(COURSE)) {
    const forecast = policy.forecast!(state, event);
    const [bound, next] = policy.decide(state, event);
    expect(bound).toBe(forecast);
    state = next;
  }
  const known = { threshold: 2, share: 0.4, run: 0, wasHit: false, extreme: 0 };
  expect(policy.explain!(known)).toBe('threshold 2 next; the share of clipped steps is 0.4, above [0.1, 0.3]');
  expect(policy.explain!({ ...known, share: 0.2 })).toContain('is 0.2, in [');
  expect(policy.explain!({ ...known, share: 0.05 })).toContain('is 0.05, below [');
});

describe('refuses', () => {
  test.each([
    [{}, 'targetClipRate({ low }) must be in [0, 1), got undefined.'],
    [{ low: -0.1, high: 0.3 }, 'targetClipRate({ low }) must be in [0, 1), got -0.1.'],
    [{ low: 0.1 }, 'targetClipRate({ high }) must be in (0, 1] and above low, got undefined.'],
    [{ low: 0.3, high: 0.3 }, 'targetClipRate({ high }) must be in (0, 1] and above low, got 0.3.'],
    [{ low: 0.1, high: 1.1 }, 'targetClipRate({ high }) must be in (0, 1] and above low, got 1.1.'],
    [{ ...BAND, window: 0 }, 'targetClipRate({ window }) must be an integer >= 1, got 0.'],
    [{ ...BAND, window: Infinity }, 'targetClipRate({ window }) must be an integer >= 1, got Infinity.'],
    [{ ...BAND, eta: 1 }, 'targetClipRate({ eta }) must be in (0, 1), got 1.'],
    [{ ...BAND, rate: 1 }, 'targetClipRate({ rate }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => targetClipRate(options as TargetClipRateOptions)).toThrow(message);
  });
});

/** The description, sentence by sentence, with the runs looked up in the list of all norms. */
function described({ low, high, window = 50, eta = 0.2 }: TargetClipRateOptions, norms: readonly number[]): number[] {
  const middle = (low + high) / 2;
  const run: { norm: number; hit: boolean }[] = [];
  let threshold = Infinity;
  let share = middle;
  return norms.map((norm) => {
    const answer = threshold;
    if (norm === 0) return answer;
    if (threshold === Infinity) {
      threshold = norm;
      return answer;
    }
    const hit = norm > threshold;
    share += (Number(hit) - share) / window;
    if (run.some((one) => one.hit !== hit)) run.length = 0;
    run.push({ norm, hit });
    const outside = share > high || share < low;
    if (outside) threshold *= hit ? 1 + eta * (1 - middle) : 1 - eta * middle;
    if (run.length === window) {
      const some = run.map((one) => one.norm);
      if (hit && share > high) threshold = Math.max(threshold, Math.min(...some));
      if (!hit && share < low) threshold = Math.min(threshold, Math.max(...some));
      run.length = 0;
    }
    return answer;
  });
}
