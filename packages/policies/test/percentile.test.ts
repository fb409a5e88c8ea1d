import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentile } from '../src/index.ts';
import type { PercentileOptions } from '../src/index.ts';
import fixture from './fixtures/numpy-percentile.json' with { type: 'json' };
import { noise, SEED, someNorms, thresholds } from './support.ts';

const interpolations = ['linear', 'lower', 'higher', 'nearest', 'midpoint'] as const;
const someOptions = fc.record({
  p: fc.oneof(fc.constantFrom(0, 10, 29, 50, 99.9, 100), fc.double({ min: 0, max: 100, noNaN: true })),
  window: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1000, 30_000, Infinity)),
  includeCurrent: fc.boolean(),
  record: fc.constantFrom('raw', 'clipped', 'accepted'),
  interpolation: fc.constantFrom(...interpolations),
});

describe('worked numbers', () => {
  test('the median of the last three norms before the current one', () => {
    // (4) 4, (4, 2) 3, (4, 2, 6) 4, (2, 6, 9) 6
    expect(thresholds(percentile({ p: 50, window: 3 }), [4, 2, 6, 9, 1])).toEqual([Infinity, 4, 3, 4, 6]);
  });

  test('AutoClip: every norm, the current one included', () => {
    // Rank 0.25 * (n - 1): (8) 8, (0, 8) 2, (0, 4, 8) rank 0.5: 2, (0, 2, 4, 8) rank 0.75: 1.5
    const policy = percentile({ p: 25, window: Infinity, includeCurrent: true });
    expect(thresholds(policy, [8, 0, 4, 2])).toEqual([8, 2, 2, 1.5]);
  });

  test('0 is the smallest norm so far, 100 the largest, which with the current one never clips', () => {
    const norms = [3, 1, 4, 1, 5];
    expect(thresholds(percentile({ p: 0, includeCurrent: true }), norms)).toEqual([3, 1, 1, 1, 1]);
    expect(thresholds(percentile({ p: 100, includeCurrent: true }), norms)).toEqual([3, 3, 4, 4, 5]);
  });

  test('record', () => {
    const norms = [1, 3, 10, 2, 0];
    // Before the last: median(1, 3, 10, 2), median(1, 1, 1, 1), median(1)
    expect(thresholds(percentile({ p: 50 }), norms)).toEqual([Infinity, 1, 2, 3, 2.5]);
    expect(thresholds(percentile({ p: 50, record: 'clipped' }), norms)).toEqual([Infinity, 1, 1, 1, 1]);
    expect(thresholds(percentile({ p: 50, record: 'accepted' }), norms)).toEqual([Infinity, 1, 1, 1, 1]);
  });

  test('record with the current norm: it counts as it is for its threshold, then is recorded as asked', () => {
    const options = { p: 50, window: 3, includeCurrent: true } as const;
    // 1 | (1, 3) 2 | clipped: (1, 2, 9) 2, then (2, 2, 4) 2 | accepted: (1, 9) 5, then (1, 4) 2.5
    expect(thresholds(percentile({ ...options, record: 'clipped' }), [1, 3, 9, 4])).toEqual([1, 2, 2, 2]);
    expect(thresholds(percentile({ ...options, record: 'accepted' }), [1, 3, 9, 4])).toEqual([1, 2, 5, 2.5]);
  });

  test('a percentile of 0 does not clip', () => {
    expect(thresholds(percentile({ p: 50 }), [0, 0, 7, 0])).toEqual([Infinity, Infinity, Infinity, Infinity]);
  });
});

test('answers as sorting the norms at each step does, to the bit', () => {
  fc.assert(
    fc.property(someOptions, someNorms, (options, norms) => {
      expect(thresholds(percentile(options), norms)).toEqual(sortedEachStep(options, norms));
    }),
    { ...SEED, numRuns: 1000 },
  );
});

test.each(interpolations)('%s is that of NumPy, to the bit', (interpolation) => {
  for (const { norms, percentiles } of fixture.sets) {
    for (const expected of percentiles) {
      const threshold = expected[interpolation] || Infinity;
      for (const window of [norms.length, Infinity]) {
        const policy = percentile({ p: expected.p, window, interpolation });
        expect(thresholds(policy, [...norms, 1]).at(-1)).toBe(threshold);
      }
    }
  }
});

describe.each([
  ['a full window in one array', { p: 10, window: 2000 }],
  ['a full window in blocks', { p: 90, window: 20_001 }],
  [
    'a full window in blocks, with the current norm',
    { p: 50, window: 25_000, includeCurrent: true, record: 'clipped' },
  ],
  ['every norm', { p: 10, window: Infinity }],
  ['every norm, with the current one', { p: 99, window: Infinity, includeCurrent: true, record: 'accepted' }],
] as const)('%s', (_, options: PercentileOptions) => {
  // The level falls a thousandfold, every third norm is rounded and meets equals, and at times there is a spike.
  const random = noise(7);
  const norms = Array.from({ length: 80_000 }, (_unused, step) => {
    const norm = 10 ** (-3 * (step / 80_000)) * (1 + random.next().value);
    if (step % 1009 === 0) return 1e300;
    return step % 3 === 0 ? Number(norm.toPrecision(2)) : norm;
  });

  test('answers as sorting does', () => {
    const { includeCurrent = false, record = 'raw', window, p } = options;
    const answers = thresholds(percentile(options), norms);
    const known: number[] = [];
    for (const [step, norm] of norms.entries()) {
      const threshold = answers[step]!;
      if (step % 997 === 0) {
        const numbers = includeCurrent ? [...known, norm] : known;
        expect(threshold).toBe(sortedPercentile(numbers.slice(-window!), p, 'linear') || Infinity);
      }
      if (record === 'raw' || norm <= threshold) known.push(norm);
      else if (record === 'clipped') known.push(threshold);
    }
  });
});

test('the forecast is the next answer, and there is none when the current norm counts', () => {
  fc.assert(
    fc.property(someOptions, someNorms, (options, norms) => {
      const policy = percentile({ ...options, includeCurrent: false });
      let state = policy.init('global');
      for (const [step, norm] of norms.entries()) {
        const forecast = policy.forecast!(state, { step, key: 'global' });
        const [bound, next] = policy.decide(state, { step, key: 'global', norm, size: 1 });
        expect(bound).toBe(forecast);
        state = next;
      }
    }),
    SEED,
  );
  expect('forecast' in percentile({ p: 10, includeCurrent: true })).toBe(false);
});

test('norms times a power of two give thresholds times it, to the bit', () => {
  const ordinary = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(someOptions, ordinary, fc.integer({ min: -60, max: 60 }), (options, norms, power) => {
      const scale = 2 ** power;
      const scaled = thresholds(
        percentile(options),
        norms.map((norm) => norm * scale),
      );
      expect(scaled).toEqual(thresholds(percentile(options), norms).map((threshold) => threshold * scale));
    }),
    SEED,
  );
});

test('a huge norm leaves no trace once it has left the window', () => {
  const norms = Array.from({ length: 60 }, (_, step) => 1 + (step % 7));
  const policy = percentile({ p: 90, window: 10 });
  const spiked = thresholds(policy, norms.with(20, 1e300));
  expect(spiked.slice(31)).toEqual(thresholds(policy, norms).slice(31));
});

test('options have their defaults filled in', () => {
  const defaults = { window: 1000, includeCurrent: false, record: 'raw', interpolation: 'linear' };
  expect(percentile({ p: 10 }).options).toEqual({ p: 10, ...defaults });
});

test('explains itself', () => {
  const policy = percentile({ p: 50, window: 3 });
  let [, state] = policy.decide(policy.init('global'), { step: 0, key: 'global', norm: 3, size: 1 });
  expect(policy.explain!(state)).toBe(
    'no threshold: no norm was known, or the percentile was 0; 1 norms are known now',
  );
  [, state] = policy.decide(state, { step: 1, key: 'global', norm: 1, size: 1 });
  expect(policy.explain!(state)).toBe('threshold 3 = percentile 50 of the last 3 norms; 2 norms are known now');
});

describe('refuses', () => {
  test.each([
    [{}, 'percentile({ p }) must be in [0, 100], got undefined.'],
    [{ p: 101 }, 'percentile({ p }) must be in [0, 100], got 101.'],
    [{ p: NaN }, 'percentile({ p }) must be in [0, 100], got NaN.'],
    [{ p: 10, window: 0 }, 'percentile({ window }) must be an integer >= 1 or Infinity, got 0.'],
    [{ p: 10, window: 1.5 }, 'percentile({ window }) must be an integer >= 1 or Infinity, got 1.5.'],
    [{ p: 10, includeCurrent: 'yes' }, 'percentile({ includeCurrent }) must be true or false, got "yes".'],
    [{ p: 10, record: null }, "percentile({ record }) must be one of 'raw', 'clipped', 'accepted', got null."],
    [
      { p: 10, interpolation: 'median' },
      "percentile({ interpolation }) must be one of 'linear', 'lower', 'higher', 'nearest', 'midpoint', got \"median\".",
    ],
    [{ P: 10 }, 'percentile({ P }) is not an option here. Known are p, window, includeCurrent, record, interpolation.'],
  ])('%o', (options, message) => {
    expect(() => percentile(options as PercentileOptions)).toThrow(message);
  });
});

/** The rule itself, slowly: keeps a list, sorts it at each step. */
function sortedEachStep(options: Required<PercentileOptions>, norms: readonly number[]): number[] {
  const { p, window, includeCurrent, record, interpolation } = options;
  const known: number[] = [];
  return norms.map((norm) => {
    const numbers = includeCurrent ? [...known, norm] : known;
    const threshold =
      numbers.length === 0 ? Infinity : sortedPercentile(numbers.slice(-window), p, interpolation) || Infinity;
    if (record === 'raw' || norm <= threshold) known.push(norm);
    else if (record === 'clipped') known.push(threshold);
    return threshold;
  });
}

/** NumPy's definitions, one after the other. */
function sortedPercentile(
  numbers: readonly number[],
  p: number,
  interpolation: (typeof interpolations)[number],
): number {
  const sorted = Float64Array.from(numbers).sort();
  const rank = (sorted.length - 1) * (p / 100);
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  const lerp = (share: number) => (share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share);
  const even = 2 * Math.round(rank / 2);
  switch (interpolation) {
    case 'linear':
      return lerp(rank - Math.floor(rank));
    case 'lower':
      return low;
    case 'higher':
      return high;
    case 'nearest':
      return sorted[Math.abs(rank - even) === 0.5 ? even : Math.round(rank)]!;
    case 'midpoint':
      return lerp(0.5);
  }
}
