import { describe, expect, test } from 'vitest';
import { logNorm } from '../src/index.ts';
import type { LogNormOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';

describe('worked numbers', () => {
  test('as published both averages start at 0', () => {
    // log(e) = 1: mean 0.5, mean square 0.5, variance 0.25, trigger exp(0.5 + 2 * 0.5)
    const [first] = outcomes(logNorm({ decay: 0.5 }), [Math.E]);
    expect(first!.threshold).toBeCloseTo(Math.exp(1.5), 7);
    // log(100) with decay 0.95: mean 0.05 * 4.6052 = 0.2303, deviation sqrt(0.0475) * 4.6052 = 1.0037
    const [large] = outcomes(logNorm(), [100]);
    expect(large!.threshold).toBeCloseTo(Math.exp(0.230259 + 2 * 1.0036734), 4);
    expect(large!.after).toBeCloseTo(Math.exp(0.230259), 5);
  });

  test('globalStep: plain averages of the first norms, of which the first passes', () => {
    const answers = outcomes(logNorm({ globalStep: true }), [2, 8]);
    expect(answers.map(({ after }) => after)).toEqual([2, 8]);
    // mean of log 2 and log 8 is log 4, the deviation log 2: exp(log 4 + 2 log 2)
    expect(answers[1]!.threshold).toBeCloseTo(16, 6);
    expect((answers[1]!.bound as { target: number }).target).toBeCloseTo(4, 7);
  });

  test('a spike lands at the mean, which it has raised itself', () => {
    const [spike] = outcomes(logNorm({ globalStep: true }), [...Array<number>(40).fill(2), 200]).slice(-1);
    expect(spike!.after).toBeCloseTo(2 * 100 ** 0.05, 6);
    expect(spike!.threshold).toBeCloseTo(2 * 100 ** (0.05 + 2 * Math.sqrt(0.0475)), 4);
  });

  test('staticMaxNorm holds whether a norm is an outlier or not', () => {
    const policy = logNorm({ globalStep: true, staticMaxNorm: 3 });
    // 5 is no outlier and above the cap; 200 lands at 2 * 100^0.05 = 2.5
    expect(afters(policy, [2, 4, 5])).toEqual([2, 3, 3]);
    expect(afters(policy, [...Array<number>(40).fill(2), 200]).at(-1)).toBeCloseTo(2.5178, 3);
  });
});

test.each<LogNormOptions>([
  {},
  { globalStep: true },
  { stdFactor: 1, decay: 0.8 },
  { stdFactor: 1, globalStep: true, staticMaxNorm: 2 },
  { stdFactor: 0.5, staticMaxNorm: 1.5, epsilon: 1e-3 },
])('answers as the formulas do: %o', (options) => {
  expectNear(afters(logNorm(options), scene), slowly(options, scene));
});

test('a lasting change of level is followed', () => {
  const norms = [1, 100, 0.01].flatMap((level) => Array<number>(150).fill(level));
  const left = afters(logNorm({ globalStep: true }), norms);
  expect(left.slice(200, 300)).toEqual(norms.slice(200, 300));
  expect(left.slice(300)).toEqual(norms.slice(300));
});

test('a norm of 0 widens the deviation: nothing is clipped for a while', () => {
  const answers = outcomes(logNorm({ globalStep: true }), [...Array<number>(60).fill(1), 0, 1, 50]);
  expect(answers.at(-1)!.after).toBe(50);
  expect(answers.every(({ threshold }) => threshold > 0)).toBe(true);
});

test('the count stops when the decay does', () => {
  const policy = logNorm({ globalStep: true });
  let state = policy.init('global') as { seen: number };
  for (let step = 0; step < 100; step++)
    state = policy.decide(state, { step, key: 'global', norm: 1, size: 1 })[1] as { seen: number };
  expect(state.seen).toBe(19); // 19 / 20 = 0.95
});

test('has no forecast: the current norm counts', () => {
  expect('forecast' in logNorm()).toBe(false);
});

test('options have their defaults filled in', () => {
  const rest = { globalStep: false, staticMaxNorm: Infinity, epsilon: 1e-8 };
  expect(logNorm().options).toEqual({ stdFactor: 2, decay: 0.95, ...rest });
});

test('explains itself', () => {
  const policy = logNorm({ globalStep: true, staticMaxNorm: 9 });
  const start = policy.init('global');
  expect(policy.explain!(start)).toBe('no trigger: no norm was known; no norm above 9 passes');
  const [, state] = policy.decide(start, { step: 0, key: 'global', norm: 3, size: 1 });
  expect(policy.explain!(state)).toBe(
    'norms above 3.001 = exp(mean + 2 deviations of the log norm) land at 3; no norm above 9 passes',
  );
});

describe('refuses', () => {
  test.each([
    [{ stdFactor: 0 }, 'logNorm({ stdFactor }) must be a finite number > 0, got 0.'],
    [{ decay: 1 }, 'logNorm({ decay }) must be in [0, 1), got 1.'],
    [{ globalStep: 5 }, 'logNorm({ globalStep }) must be true or false, got 5.'],
    [{ staticMaxNorm: 0 }, 'logNorm({ staticMaxNorm }) must be a number > 0, got 0.'],
    [{ epsilon: 0 }, 'logNorm({ epsilon }) must be a finite number > 0, got 0.'],
    [{ std: 2 }, 'logNorm({ std }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => logNorm(options as LogNormOptions)).toThrow(message);
  });
});

/** The rule as it is written down, in factors. */
function slowly(options: LogNormOptions, norms: readonly number[]): number[] {
  const { stdFactor = 2, decay = 0.95, globalStep = false, staticMaxNorm = Infinity, epsilon = 1e-8 } = options;
  let [mean, square] = [0, 0];
  return norms.map((norm, n) => {
    const weight = globalStep ? Math.min(decay, n / (n + 1)) : decay;
    mean -= (1 - weight) * (mean - Math.log(norm + epsilon));
    square -= (1 - weight) * (square - Math.log(norm + epsilon) ** 2);
    const std = Math.sqrt(Math.max(epsilon, square - mean ** 2));
    const factor = norm < Math.exp(mean + stdFactor * std) ? 1 : Math.exp(mean) / norm;
    return norm === 0 ? 0 : norm * Math.min(staticMaxNorm / norm, factor);
  });
}
