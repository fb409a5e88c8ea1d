import { rewarm } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { zClip } from '../src/index.ts';
import type { ZClipOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';

/** Without cap and eps, so that numbers are round. */
const plain = { zThresh: 2, eps: 0, maxGradNorm: Infinity, warmupSteps: 2 } as const;

describe('worked numbers', () => {
  // Warm-up of 0.5 and 1.5: mean 1, deviation 0.5, trigger 1 + 2 * 0.5 = 2. A norm of 3 has z = 4.
  test("'reciprocal': as the repository's own test has it", () => {
    // 1 + (2 * 0.5) / (4 / 2)
    expect(afters(zClip(plain), [0.5, 1.5, 3])).toEqual([0.5, 1.5, 1.5]);
  });

  test("'mean', 'max' and mode 'percentile'", () => {
    expect(afters(zClip({ ...plain, adjustment: 'mean' }), [0.5, 1.5, 3]).at(-1)).toBe(1);
    expect(afters(zClip({ ...plain, adjustment: 'max' }), [0.5, 1.5, 3]).at(-1)).toBe(2);
    expect(afters(zClip({ ...plain, mode: 'percentile' }), [0.5, 1.5, 3, 3]).slice(2, 3)).toEqual([2]);
  });

  test('clipFactor: of everything in the code, of the deviation in the paper', () => {
    // 0.5 * (1 + 0.5), and 1 + 0.5 * 0.5
    expect(afters(zClip({ ...plain, clipFactor: 0.5 }), [0.5, 1.5, 3]).at(-1)).toBe(0.75);
    expect(afters(zClip({ ...plain, clipFactor: 0.5, variant: 'paper' }), [0.5, 1.5, 3]).at(-1)).toBe(1.25);
  });

  test('mean and variance take the norm a spike lands at, and the new mean', () => {
    const policy = zClip({ ...plain, alpha: 0.5, adjustment: 'mean' });
    // 3 enters as 1: mean 1, variance 0.5 * 0.25 + 0.5 * (1 - 1)^2 = 0.125, trigger 1 + 2 * sqrt(0.125)
    expect(outcomes(policy, [0.5, 1.5, 3, 0])[3]!.threshold).toBeCloseTo(1 + 2 * Math.sqrt(0.125), 14);
    // 1.8 enters as it is: mean 1.4, variance 0.125 + 0.5 * 0.16 = 0.205
    expect(outcomes(policy, [0.5, 1.5, 1.8, 0])[3]!.threshold).toBeCloseTo(1.4 + 2 * Math.sqrt(0.205), 14);
    const skipping = zClip({ ...plain, alpha: 0.5, adjustment: 'mean', skipUpdateOnSpike: true });
    expect(outcomes(skipping, [0.5, 1.5, 3, 0])[3]!.threshold).toBe(2);
  });

  test('the cap holds in the warm-up and after it, and does not enter the mean', () => {
    const policy = zClip({ ...plain, maxGradNorm: 1.2, alpha: 0 });
    // 1.8 is no spike: cut to 1.2, recorded as 1.8, which with alpha 0 is the mean; its deviation is 0
    expect(afters(policy, [0.5, 1.5, 1.8, 1.9])).toEqual([0.5, 1.2, 1.2, 1.2]);
    expect(outcomes(policy, [0.5, 1.5, 1.8, 1.9]).map(({ threshold }) => threshold)).toEqual([1.2, 1.2, 1.2, 1.2]);
  });

  test('a spike may land below the cap that other norms only meet', () => {
    const policy = zClip({ ...plain, adjustment: 'mean', maxGradNorm: 1.2 });
    expect(afters(policy, [0.5, 1.5, 1.9])).toEqual([0.5, 1.2, 1.2]);
    expect(afters(policy, [0.5, 1.5, 2.1])).toEqual([0.5, 1.2, 1]);
  });

  test('the shipped default is a constant of 1 for norms above it', () => {
    const larger = scene.slice(0, 200).map((norm) => 5 + norm);
    expect(afters(zClip(), larger)).toEqual(Array(200).fill(1));
    expect(zClip({ variant: 'paper' }).options).toMatchObject({ maxGradNorm: Infinity });
  });
});

describe.each<ZClipOptions>([
  {},
  { variant: 'paper' },
  { variant: 'paper', clipFactor: 0.5, zThresh: 2 },
  { clipFactor: 0.6, maxGradNorm: Infinity },
  { adjustment: 'mean', maxGradNorm: Infinity, warmupSteps: 60 },
  { adjustment: 'mean', maxGradNorm: 1.3 },
  { adjustment: 'max', maxGradNorm: Infinity },
  { mode: 'percentile', maxGradNorm: Infinity, alpha: 0.9 },
  { mode: 'percentile', maxGradNorm: 1.4 },
  { maxGradNorm: Infinity, skipUpdateOnSpike: true, alpha: 0.8, eps: 1e-3 },
])('%o', (options) => {
  test('answers as the formulas do', () => {
    expectNear(afters(zClip(options), scene), slowly(options, scene));
  });
});

describe('after a lasting rise of 100 times', () => {
  const norms = scene.slice(0, 120).concat(Array.from({ length: 300 }, (_, i) => 100 * (1 + 0.3 * Math.sin(i))));
  const share = (options: ZClipOptions, rewarmed = false) => {
    const policy = zClip({ maxGradNorm: Infinity, ...options });
    const left = afters(rewarmed ? rewarm(policy, { after: 20 }) : policy, norms).slice(-50);
    return left.filter((after) => after > 50).length / left.length;
  };

  test("'reciprocal' and 'mean' lock in, and rewarm ends that", () => {
    for (const adjustment of ['reciprocal', 'mean'] as const) {
      expect(share({ adjustment })).toBe(0);
      expect(share({ adjustment }, true)).toBe(1);
    }
  });

  test("'max' and 'percentile' recover by themselves", () => {
    expect(share({ adjustment: 'max' })).toBe(1);
    expect(share({ mode: 'percentile' })).toBe(1);
  });

  test('unless the deviation was exactly 0, which rewarm ends', () => {
    const policy = zClip({ mode: 'percentile', maxGradNorm: Infinity, warmupSteps: 5 });
    const flat = [...Array<number>(40).fill(1), ...Array<number>(60).fill(100)];
    expect(afters(policy, flat).slice(40)).toEqual(Array(60).fill(1));
    expect(afters(rewarm(policy, { after: 20 }), flat).slice(60)).toEqual(Array(40).fill(100));
  });
});

test('a mean of 0 clips nothing, and the next norms are learned from', () => {
  const policy = zClip({ warmupSteps: 3, maxGradNorm: Infinity });
  const answers = outcomes(policy, [0, 0, 0, 5, 1]).map(({ threshold }) => threshold);
  expect(answers.slice(0, 4)).toEqual(Array(4).fill(Infinity));
  expect(answers[4]).toBeLessThan(Infinity);
  expect(outcomes(zClip({ warmupSteps: 3 }), [0, 0, 0, 5]).at(-1)!.bound).toBe(1);
});

test("'reciprocal' has no forecast; where the answer depends on the norm, neither have the others", () => {
  expect('forecast' in zClip()).toBe(false);
  const policy = zClip({ ...plain, adjustment: 'mean', maxGradNorm: 1.2 });
  let state = policy.init('global');
  const forecasts = [0.5, 1.5].map((norm, step) => {
    const coming = policy.forecast!(state, { step, key: 'global' });
    [, state] = policy.decide(state, { step, key: 'global', norm, size: 1 });
    return coming;
  });
  expect(forecasts).toEqual([1.2, 1.2]);
  expect(policy.forecast!(state, { step: 2, key: 'global' })).toBeUndefined(); // 1 or 1.2
});

test('with eps 0 and no cap, norms times a power of two land at the same times it, to the bit', () => {
  const scaled = afters(
    zClip({ ...plain, warmupSteps: 25 }),
    scene.map((norm) => norm * 2 ** 40),
  );
  expect(scaled).toEqual(afters(zClip({ ...plain, warmupSteps: 25 }), scene).map((after) => after * 2 ** 40));
});

test('options have their defaults filled in', () => {
  const defaults = { mode: 'zscore', adjustment: 'reciprocal', zThresh: 2.5, alpha: 0.97, warmupSteps: 25, eps: 1e-6 };
  const rest = { clipFactor: 1, skipUpdateOnSpike: false };
  expect(zClip().options).toEqual({ variant: 'code', ...defaults, maxGradNorm: 1, ...rest });
});

test('explains itself', () => {
  const policy = zClip({ ...plain, maxGradNorm: 9 });
  let state = policy.init('global');
  const words = [0.5, 1.5, 3].map((norm, step) => {
    [, state] = policy.decide(state, { step, key: 'global', norm, size: 1 });
    return policy.explain!(state);
  });
  expect(words).toEqual([
    'warm-up: 1 of 2 norms known; no norm above 9 passes',
    'no trigger yet: the warm-up has ended, or the mean was 0; the mean is now 1, the deviation 0.5; no norm above 9 passes',
    'norms above 2 were spikes; the mean is now 1.015, the deviation 0.4996; no norm above 9 passes',
  ]);
});

describe('refuses', () => {
  test.each([
    [{ variant: 'torch' }, "zClip({ variant }) must be one of 'code', 'paper', got \"torch\"."],
    [{ mode: 'z' }, "zClip({ mode }) must be one of 'zscore', 'percentile', got \"z\"."],
    [{ adjustment: 'min' }, "zClip({ adjustment }) must be one of 'reciprocal', 'mean', 'max', got \"min\"."],
    [{ zThresh: 0 }, 'zClip({ zThresh }) must be a finite number > 0, got 0.'],
    [{ zThresh: Infinity }, 'zClip({ zThresh }) must be a finite number > 0, got Infinity.'],
    [{ alpha: 1 }, 'zClip({ alpha }) must be in [0, 1), got 1.'],
    [{ warmupSteps: 0 }, 'zClip({ warmupSteps }) must be an integer >= 1, got 0.'],
    [{ maxGradNorm: null }, 'zClip({ maxGradNorm }) must be a number > 0, got null.'],
    [{ clipFactor: 0 }, 'zClip({ clipFactor }) must be a finite number > 0, got 0.'],
    [{ eps: -1 }, 'zClip({ eps }) must be a finite number >= 0, got -1.'],
    [{ skipUpdateOnSpike: 1 }, 'zClip({ skipUpdateOnSpike }) must be true or false, got 1.'],
    [{ clipOption: 'mean' }, 'zClip({ clipOption }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => zClip(options as ZClipOptions)).toThrow(message);
  });
});

/** The rule in variances, as it is written down: a buffer, then mean and variance; None is undefined. */
function slowly(options: ZClipOptions, norms: readonly number[]): number[] {
  const { variant = 'code', mode = 'zscore', adjustment = 'reciprocal', zThresh = 2.5, alpha = 0.97 } = options;
  const { warmupSteps = 25, clipFactor = 1, eps = 1e-6, skipUpdateOnSpike = false } = options;
  const cap = options.maxGradNorm ?? (variant === 'code' ? 1 : Infinity);
  const buffer: number[] = [];
  let [mean, variance] = [0, 0];
  const clipValue = (norm: number): number | undefined => {
    const std = variance ** 0.5;
    if (mode === 'percentile') return norm > mean + zThresh * std ? mean + zThresh * std : undefined;
    const z = (norm - mean) / (std + eps);
    if (!(z > zThresh)) return undefined;
    if (adjustment === 'mean') return mean;
    if (adjustment === 'max') return mean + zThresh * std;
    const deviation = (zThresh * std) / (z / zThresh);
    return variant === 'code' ? (mean + deviation) * clipFactor : mean + deviation * clipFactor;
  };
  return norms.map((norm) => {
    if (buffer.length < warmupSteps) {
      buffer.push(norm);
      mean = buffer.reduce((sum, x) => sum + x) / buffer.length;
      variance = buffer.reduce((sum, x) => sum + (x - mean) ** 2, 0) / buffer.length;
      return Math.min(norm, cap);
    }
    const value = clipValue(norm);
    const after = Math.min(value ?? norm, norm, cap);
    if (value === undefined || !skipUpdateOnSpike) {
      mean = alpha * mean + (1 - alpha) * (value ?? norm);
      variance = alpha * variance + (1 - alpha) * ((value ?? norm) - mean) ** 2;
    }
    return after;
  });
}
