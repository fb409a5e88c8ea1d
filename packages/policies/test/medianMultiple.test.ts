import { describe, expect, test } from 'vitest';
import { medianMultiple } from '../src/index.ts';
import type { MedianMultipleOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';
import { thresholds } from './support.ts';

describe('worked numbers', () => {
  test('rolling: the median of the norms before', () => {
    // 2 * median of (4), (4, 2), (4, 2, 6), (2, 6, 9)
    expect(thresholds(medianMultiple({ multiple: 2, window: 3 }), [4, 2, 6, 9, 1])).toEqual([Infinity, 8, 6, 8, 12]);
  });

  test('periodic: first after 10 norms, twice as wide; the very first does not count', () => {
    const norms = [1000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0];
    const answers = thresholds(medianMultiple({ kind: 'periodic' }), norms);
    expect(answers.slice(0, 10)).toEqual(Array(10).fill(Infinity));
    // Norm 2 * floor(10 / 4) = 4 of (1, ..., 10), from 0, is 5; the norm 10 itself is in it
    expect(answers.slice(10)).toEqual([20, 20, 20]);
  });

  test('periodic: after 20, 40 and 100 norms, then after every 100', () => {
    const norms = Array.from({ length: 301 }, (_, step) => step);
    const answers = thresholds(medianMultiple({ kind: 'periodic' }), norms);
    // Norm 10 of (1, ..., 20) is 11, 20 of 40 is 21, 50 of 100 is 51; of (101, ..., 200) 151
    const at = (step: number) => [answers[step - 1], answers[step]];
    expect(at(20)).toEqual([20, 44]);
    expect(at(40)).toEqual([44, 84]);
    expect(at(100)).toEqual([84, 102]);
    expect(at(120)).toEqual([102, 102]);
    expect(at(200)).toEqual([102, 302]);
    expect(at(300)).toEqual([302, 502]);
  });
});

test.each<MedianMultipleOptions>([
  {},
  { multiple: 2, window: 9 },
  { multiple: 0.5, window: 1 },
  { kind: 'periodic' },
  { kind: 'periodic', window: 30 },
  { kind: 'periodic', window: 50, early: [], multiple: 1.5 },
  { kind: 'periodic', window: 7, early: [2, 5, 7], earlyFactor: 3 },
])('answers as the formulas do: %o', (options) => {
  expectNear(afters(medianMultiple(options), scene), slowly(options, scene));
});

test('a median of 0 does not clip', () => {
  expect(thresholds(medianMultiple({ window: 3 }), [0, 0, 7, 0])).toEqual([Infinity, Infinity, Infinity, Infinity]);
  const periodic = medianMultiple({ kind: 'periodic', window: 4, early: [] });
  expect(thresholds(periodic, [1, 0, 0, 0, 5, 9])).toEqual(Array(6).fill(Infinity));
});

test('a lasting change of level is followed', () => {
  const norms = [1, 100, 0.01].flatMap((level) => Array<number>(250).fill(level));
  for (const kind of ['rolling', 'periodic'] as const) {
    const left = afters(medianMultiple({ kind, multiple: 2 }), norms);
    expect(left.slice(451, 500)).toEqual(norms.slice(451, 500));
    expect(thresholds(medianMultiple({ kind, multiple: 2 }), norms).at(-1)).toBe(0.02);
  }
});

test('periodic forecasts unless the coming norm is in its own median', () => {
  const policy = medianMultiple({ kind: 'periodic', window: 4, early: [2] });
  let state = policy.init('a');
  const coming = [9, 3, 1, 8, 5, 7, 7, 7, 7, 7].map((norm, step) => {
    const forecast = policy.forecast!(state, { step, key: 'a' });
    [, state] = policy.decide(state, { step, key: 'a', norm, size: 1 });
    return forecast;
  });
  expect(coming).toEqual([Infinity, Infinity, undefined, 4, undefined, 10, 10, 10, undefined, 14]);
});

test('norms times a power of two give thresholds times it, to the bit', () => {
  for (const kind of ['rolling', 'periodic'] as const) {
    const policy = medianMultiple({ kind });
    const scaled = outcomes(
      policy,
      scene.map((norm) => norm * 2 ** 50),
    );
    expect(scaled.map(({ threshold }) => threshold)).toEqual(thresholds(policy, scene).map((norm) => norm * 2 ** 50));
  }
});

test('options have their defaults filled in', () => {
  expect(medianMultiple().options).toEqual({ kind: 'rolling', multiple: 1, window: 128 });
  const rest = { window: 100, early: [10, 20, 40], earlyFactor: 2 };
  expect(medianMultiple({ kind: 'periodic' }).options).toEqual({ kind: 'periodic', multiple: 2, ...rest });
});

test('explains itself', () => {
  const words = (policy: ReturnType<typeof medianMultiple>, norms: readonly number[]) => {
    let state = policy.init('a');
    for (const [step, norm] of norms.entries()) [, state] = policy.decide(state, { step, key: 'a', norm, size: 1 });
    return policy.explain!(state);
  };
  const rolling = medianMultiple({ window: 3 });
  expect(words(rolling, [4])).toBe('no threshold: no norm was known, or the median was 0; 1 are known now');
  expect(words(rolling, [4, 2])).toBe('threshold 4 = 1 * the median of the last 3 norms; 2 are known now');
  const periodic = medianMultiple({ kind: 'periodic', window: 2, early: [] });
  expect(words(periodic, [])).toBe(
    'no threshold: no median was taken yet, or it was 0; 0 norms of the next median are known',
  );
  expect(words(periodic, [9, 4, 4, 4])).toBe('threshold 8, from the last median; 1 norms of the next median are known');
});

describe('refuses', () => {
  const call = 'medianMultiple';
  test.each([
    [null, `${call}(options) must be an object, got null.`],
    [{ kind: 'mean' }, `${call}({ kind }) must be one of 'rolling', 'periodic', got "mean".`],
    [{ multiple: 0 }, `${call}({ multiple }) must be a finite number > 0, got 0.`],
    [{ window: 1.5 }, `${call}({ window }) must be an integer >= 1, got 1.5.`],
    [{ window: Infinity }, `${call}({ window }) must be an integer >= 1, got Infinity.`],
    [{ early: [10] }, `${call}({ early }) is not an option here.`],
    [{ kind: 'periodic', early: [0] }, `${call}({ early }) must be a list of integers >= 1, got an array of 1.`],
    [{ kind: 'periodic', earlyFactor: 0 }, `${call}({ earlyFactor }) must be a finite number > 0, got 0.`],
    [{ kind: 'periodic', period: 100 }, `${call}({ period }) is not an option here.`],
  ])('%o', (options, message) => {
    expect(() => medianMultiple(options as MedianMultipleOptions)).toThrow(message);
  });
});

/** The rules as they are written down: a list to sort, or a ring that is sorted from time to time. */
function slowly(options: MedianMultipleOptions, norms: readonly number[]): number[] {
  return options.kind === 'periodic' ? slowlyPeriodic(options, norms) : slowlyRolling(options, norms);
}

function slowlyRolling({ multiple = 1, window = 128 }: MedianMultipleOptions, norms: readonly number[]): number[] {
  return norms.map((norm, step) => {
    const sorted = norms.slice(Math.max(0, step - window), step).sort((a, b) => a - b);
    const half = sorted.length / 2;
    const median = sorted.length % 2 === 1 ? sorted[half - 0.5]! : (sorted[half]! + sorted[half - 1]!) / 2;
    return median > 0 ? Math.min(norm, multiple * median) : norm;
  });
}

function slowlyPeriodic(options: MedianMultipleOptions, norms: readonly number[]): number[] {
  const { multiple = 2, window: period = 100, early = [10, 20, 40], earlyFactor = 2 } = options;
  const ring = Array<number>(period).fill(0);
  let threshold = Infinity;
  return norms.map((norm, step) => {
    if (step === 0) return norm;
    ring[step % period] = norm;
    const isEarly = step < period && early.includes(step);
    if (step % period === 0 || isEarly) {
      const sorted = ring.toSorted((a, b) => a - b).slice(isEarly ? -step : 0);
      const median = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length / 4) * 2)]!;
      threshold = multiple * median * (isEarly ? earlyFactor : 1) || Infinity;
    }
    return norm * Math.min(1, threshold / (norm + 1e-20));
  });
}
