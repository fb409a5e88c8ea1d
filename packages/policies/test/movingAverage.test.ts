import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { movingAverage } from '../src/index.ts';
import type { MovingAverageOptions } from '../src/index.ts';
import { savedAfter, SEED, someNorms, thresholds } from './support.ts';

const someOptions = fc.record({
  kind: fc.constantFrom('simple', 'exponential'),
  multiple: fc.constantFrom(0.5, 1, 2, 3.7),
  window: fc.integer({ min: 1, max: 12 }),
  decay: fc.constantFrom(0, 0.5, 0.98),
  warmup: fc.integer({ min: 0, max: 15 }),
  includeCurrent: fc.boolean(),
  record: fc.constantFrom('raw', 'clipped', 'accepted'),
});

describe('worked numbers', () => {
  test('exponential: starts at the median of the warm-up norms, records clipped norms', () => {
    const policy = movingAverage({ decay: 0.5, warmup: 3 });
    // median(1, 9, 2) = 2, threshold 4; 10 is recorded as 4: (2 + 4) / 2 = 3, threshold 6; then (3 + 1) / 2 = 2, threshold 4
    expect(thresholds(policy, [1, 9, 2, 10, 1, 0])).toEqual([Infinity, Infinity, Infinity, 4, 6, 4]);
  });

  test('exponential: the median of an even number of norms is between the middle two', () => {
    // median(1, 2, 4, 100) = 3
    expect(thresholds(movingAverage({ warmup: 4 }), [1, 2, 100, 4, 0]).at(-1)).toBe(6);
  });

  test('simple: the mean of the last norms, fewer while it fills', () => {
    const policy = movingAverage({ kind: 'simple', window: 3, warmup: 1, multiple: 1 });
    // means: (3) 3, (3, 1) 2, (3, 1, 5) 3, (1, 5, 6) 4, (5, 6, 1) 4
    expect(thresholds(policy, [3, 1, 5, 6, 1, 9])).toEqual([Infinity, 3, 2, 3, 4, 4]);
  });

  test('simple: the warm-up may be longer than the window', () => {
    const policy = movingAverage({ kind: 'simple', window: 2, warmup: 3, multiple: 1 });
    expect(thresholds(policy, [8, 1, 3, 0])).toEqual([Infinity, Infinity, Infinity, 2]); // (1 + 3) / 2
  });

  test('record', () => {
    const options = { kind: 'simple', window: 2, warmup: 2, multiple: 2 } as const;
    const norms = [1, 1, 10, 1];
    // threshold 2 at norm 10, then 2 * mean(1, 10), 2 * mean(1, 2), 2 * mean(1, 1)
    expect(thresholds(movingAverage({ ...options, record: 'raw' }), norms).at(-1)).toBe(11);
    expect(thresholds(movingAverage({ ...options, record: 'clipped' }), norms).at(-1)).toBe(3);
    expect(thresholds(movingAverage({ ...options, record: 'accepted' }), norms).at(-1)).toBe(2);
  });

  test('includeCurrent: the current norm counts as it is in its own threshold, and is then recorded as asked', () => {
    const options = { kind: 'simple', window: 2, warmup: 2, multiple: 1.5, includeCurrent: true } as const;
    // 1.5 * mean(2, 10) = 9, recorded as 9; 1.5 * mean(9, 3) = 9
    expect(thresholds(movingAverage(options), [4, 2, 10, 3])).toEqual([Infinity, Infinity, 9, 9]);
    // 1.5 * mean(2, 10) = 9, not recorded: 4 and 2 remain; 1.5 * mean(2, 3) = 3.75
    expect(thresholds(movingAverage({ ...options, record: 'accepted' }), [4, 2, 10, 3])).toEqual([
      Infinity,
      Infinity,
      9,
      3.75,
    ]);
    // 2 * (0.5 * 4 + 0.5 * 12) = 16
    const exponential = movingAverage({ decay: 0.5, warmup: 1, includeCurrent: true });
    expect(thresholds(exponential, [4, 12])).toEqual([Infinity, 16]);
  });
});

describe('while nothing is known', () => {
  test('without a warm-up the first norm passes', () => {
    expect(thresholds(movingAverage({ warmup: 0, decay: 0.5 }), [4, 6, 1])).toEqual([Infinity, 8, 10]);
    expect(thresholds(movingAverage({ warmup: 0, kind: 'simple' }), [4, 6, 1])).toEqual([Infinity, 8, 10]);
  });

  test('unless it counts in its own threshold', () => {
    expect(thresholds(movingAverage({ warmup: 0, includeCurrent: true }), [4])).toEqual([8]);
    expect(thresholds(movingAverage({ warmup: 0, includeCurrent: true, kind: 'simple', multiple: 0.5 }), [4])).toEqual([
      2,
    ]);
  });

  test.each(['simple', 'exponential'] as const)('an average of 0 does not clip: %s', (kind) => {
    const policy = movingAverage({ kind, warmup: 1, decay: 0.5, record: 'raw', window: 2 });
    expect(thresholds(policy, [0, 0, 4, 0])).toEqual([Infinity, Infinity, Infinity, 4]);
  });

  test('a product too small for a number is the smallest one, not 0', () => {
    expect(thresholds(movingAverage({ warmup: 1, multiple: 0.5 }), [5e-324, 1])).toEqual([Infinity, 5e-324]);
  });
});

test('answers as a plain loop does', () => {
  fc.assert(
    fc.property(someOptions, someNorms, (options, norms) => {
      const { kind, multiple, window, decay, warmup, includeCurrent, record } = options;
      const known: number[] = [];
      const answers = thresholds(movingAverage(options), norms);
      for (const [step, norm] of norms.entries()) {
        const numbers = includeCurrent ? [...known, norm] : known;
        const mean = kind === 'simple' ? meanOf(numbers.slice(-window)) : smoothed(numbers, decay, warmup);
        const expected = step < warmup || mean === 0 ? Infinity : Math.max(multiple * mean, 5e-324);
        const answer = answers[step]!;
        if (expected === Infinity) expect(answer).toBe(Infinity);
        else expect(Math.abs(answer - expected)).toBeLessThanOrEqual(Math.max(1e-13 * expected, 1e-322));
        // Recorded with the answer itself, so that a last bit does not decide what is accepted.
        if (record === 'raw' || norm <= answer) known.push(norm);
        else if (record === 'clipped') known.push(answer);
      }
    }),
    { ...SEED, numRuns: 500 },
  );
});

test('the forecast is the next answer', () => {
  fc.assert(
    fc.property(someOptions, someNorms, (options, norms) => {
      const policy = movingAverage({ ...options, includeCurrent: false });
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
  expect('forecast' in movingAverage({ includeCurrent: true })).toBe(false);
});

test('norms times a power of two give thresholds times it, to the bit', () => {
  const ordinary = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(someOptions, ordinary, fc.integer({ min: -60, max: 60 }), (options, norms, power) => {
      const scale = 2 ** power;
      const scaled = thresholds(
        movingAverage(options),
        norms.map((norm) => norm * scale),
      );
      expect(scaled).toEqual(thresholds(movingAverage(options), norms).map((threshold) => threshold * scale));
    }),
    SEED,
  );
});

test('a huge norm leaves no trace once it has left the window', () => {
  const ordinary = fc.array(fc.double({ min: 1e-3, max: 10, noNaN: true }), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(ordinary, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 25 }), (norms, window, at) => {
      const policy = movingAverage({ kind: 'simple', window, warmup: 0, record: 'raw' });
      const spiked = thresholds(policy, norms.with(at, 1e300));
      expect(spiked.slice(at + window + 1)).toEqual(thresholds(policy, norms).slice(at + window + 1));
    }),
    SEED,
  );
});

test('warm-up norms are forgotten once the average has started', () => {
  const policy = movingAverage({ warmup: 3 });
  expect(savedAfter(policy, [1, 2])).toContain('[1,2]');
  expect(savedAfter(policy, [1, 2, 3])).not.toContain('[1,2');
});

test('options have their defaults filled in', () => {
  const all = { kind: 'exponential', multiple: 2, window: 100, decay: 0.98, warmup: 10, includeCurrent: false };
  expect(movingAverage().options).toEqual({ ...all, record: 'clipped' });
  expect(movingAverage({ multiple: 1 }).options).toEqual({ ...all, multiple: 1, record: 'raw' });
});

test('explains itself', () => {
  const policy = movingAverage({ warmup: 1, decay: 0.5 });
  let [, state] = policy.decide(policy.init('global'), { step: 0, key: 'global', norm: 3, size: 1 });
  expect(policy.explain!(state)).toBe('no threshold: 1 of 1 warm-up norms seen, or the average was 0');
  [, state] = policy.decide(state, { step: 1, key: 'global', norm: 1, size: 1 });
  expect(policy.explain!(state)).toBe('threshold 6 = 2 * the exponential average of the norms; that average is now 2');
});

describe('refuses', () => {
  test.each([
    [{ kind: 'median' }, "movingAverage({ kind }) must be one of 'simple', 'exponential', got \"median\"."],
    [{ multiple: 0 }, 'movingAverage({ multiple }) must be a number > 0, got 0.'],
    [{ window: 0 }, 'movingAverage({ window }) must be an integer >= 1, got 0.'],
    [{ window: Infinity }, 'movingAverage({ window }) must be an integer >= 1, got Infinity.'],
    [{ decay: 1 }, 'movingAverage({ decay }) must be in [0, 1), got 1.'],
    [{ decay: NaN }, 'movingAverage({ decay }) must be in [0, 1), got NaN.'],
    [{ warmup: -1 }, 'movingAverage({ warmup }) must be an integer >= 0, got -1.'],
    [{ includeCurrent: 1 }, 'movingAverage({ includeCurrent }) must be true or false, got 1.'],
    [{ record: 'all' }, "movingAverage({ record }) must be one of 'raw', 'clipped', 'accepted', got \"all\"."],
    [{ windw: 3 }, 'movingAverage({ windw }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => movingAverage(options as MovingAverageOptions)).toThrow(message);
  });
});

function meanOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The weights written out: decay^k for the start, (1 - decay) decay^(k - i) for the i-th number after it. */
function smoothed(numbers: readonly number[], decay: number, warmup: number): number {
  const start = Math.max(warmup, 1);
  const first = numbers.slice(0, start).toSorted((a, b) => a - b);
  const after = numbers.slice(start);
  const middle = first.length / 2;
  const median = first.length % 2 === 1 ? first[middle - 0.5]! : meanOf(first.slice(middle - 1, middle + 1));
  const weighted = after.map((number, i) => (1 - decay) * decay ** (after.length - 1 - i) * number);
  return weighted.reduce((sum, number) => sum + number, decay ** after.length * median);
}
