import { rewarm } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { twoAverages } from '../src/index.ts';
import type { TwoAveragesOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';

describe('worked numbers', () => {
  test('the bias of both averages is corrected', () => {
    const policy = twoAverages({ slowDecay: 0.75, fastDecay: 0.5 });
    const bounds = outcomes(policy, [4, 8, 7]).map(({ bound }) => bound as { threshold: number; target: number });
    expect(bounds[0]).toEqual({ threshold: 10_000, target: 1 });
    // Both are 4 after one norm; 8 is not above 2 * 4
    expect(bounds[1]!.threshold).toBe(8);
    expect(bounds[1]!.target).toBeCloseTo(4.4, 14);
    // slow (0.75 * 1 + 0.25 * 8) / (1 - 0.75^2) = 44 / 7, fast (0.5 * 2 + 0.5 * 8) / 0.75 = 20 / 3
    expect(bounds[2]!.threshold).toBeCloseTo(88 / 7, 13);
    expect(bounds[2]!.target).toBeCloseTo((1.1 * 20) / 3, 13);
  });

  test('a clipped norm enters with the norm it lands at', () => {
    const policy = twoAverages({ slowDecay: 0.5, fastDecay: 0.5, clipNormRatio: 1 });
    expect(afters(policy, [4, 9, 8.1, 8])).toEqual([4, 4, 4, 8]);
  });

  test('the first norm is clipped to 1 above 10,000, and enters as it is', () => {
    const answers = outcomes(twoAverages(), [20_000, 30_000, 50_000]);
    expect(answers.map(({ after }) => after)[0]).toBe(1);
    expect(answers[1]!.after).toBe(30_000);
    expect(afters(twoAverages({ firstMaxNorm: Infinity }), [20_000])).toEqual([20_000]);
    expect(afters(twoAverages({ firstMaxNorm: 5, firstClipNorm: 2 }), [6])).toEqual([2]);
  });
});

test.each<TwoAveragesOptions>([
  {},
  { guarded: false },
  { slowDecay: 0.9, fastDecay: 0, maxNormRatio: 1.3, clipNormRatio: 0.9 },
  { firstMaxNorm: 0.5, firstClipNorm: 0.3, clipNormRatio: 2.5, maxNormRatio: 1.1 },
])('answers as the formulas do: %o', (options) => {
  expectNear(afters(twoAverages(options), scene), slowly(options, scene));
});

describe('large norms after zeros alone', () => {
  const norms = [0, 0, ...Array<number>(40).fill(20_000)];

  test('guarded: the first one is recorded as it is', () => {
    const left = afters(twoAverages(), norms);
    expect(left.slice(0, 3)).toEqual([0, 0, 1]);
    expect(left[3]).toBeGreaterThan(8000);
    expect(left.at(-1)).toBe(20_000);
  });

  test('as published every one is cut to 1', () => {
    const options = { guarded: false };
    expect(afters(twoAverages(options), norms).slice(2)).toEqual(Array(40).fill(1));
    expectNear(afters(twoAverages(options), norms), slowly(options, norms));
    expect(afters(rewarm(twoAverages(options), { after: 10 }), norms).slice(13)).toEqual(norms.slice(13));
  });
});

test('a rise of 100 times is followed by 1 percent a step; rewarm is quicker', () => {
  const norms = [...Array<number>(400).fill(1), ...Array<number>(700).fill(100)];
  const late = (left: readonly number[]) => left.findIndex((after, step) => step >= 400 && after === 100) - 400;
  expect(late(afters(twoAverages(), norms))).toBeGreaterThan(300);
  expect(late(afters(twoAverages(), norms))).toBeLessThan(600);
  expect(late(afters(rewarm(twoAverages(), { after: 20 }), norms))).toBe(20);
});

test('options have their defaults filled in', () => {
  expect(twoAverages().options).toEqual({
    slowDecay: 0.99,
    fastDecay: 0.9,
    maxNormRatio: 2,
    clipNormRatio: 1.1,
    firstMaxNorm: 10_000,
    firstClipNorm: 1,
    guarded: true,
  });
});

test('explains itself', () => {
  const policy = twoAverages({ slowDecay: 0.5, fastDecay: 0.5 });
  let state = policy.init('global');
  expect(policy.explain!(state)).toBe('norms above 10000 land at 1: no norm above 0 was known');
  [, state] = policy.decide(state, { step: 0, key: 'global', norm: 4, size: 1 });
  expect(policy.explain!(state)).toBe('norms above 10000 land at 1: no norm above 0 was known');
  [, state] = policy.decide(state, { step: 1, key: 'global', norm: 4, size: 1 });
  expect(policy.explain!(state)).toBe('norms above 8 land at 4.4: 2 slow and 1.1 fast averages');
});

describe('refuses', () => {
  test.each([
    [{ slowDecay: 1 }, 'twoAverages({ slowDecay }) must be in [0, 1), got 1.'],
    [{ fastDecay: -0.1 }, 'twoAverages({ fastDecay }) must be in [0, 1), got -0.1.'],
    [{ maxNormRatio: 0 }, 'twoAverages({ maxNormRatio }) must be a finite number > 0, got 0.'],
    [{ clipNormRatio: Infinity }, 'twoAverages({ clipNormRatio }) must be a finite number > 0, got Infinity.'],
    [{ firstMaxNorm: 0 }, 'twoAverages({ firstMaxNorm }) must be a number > 0, got 0.'],
    [{ firstClipNorm: '1' }, 'twoAverages({ firstClipNorm }) must be a finite number > 0, got "1".'],
    [{ guarded: null }, 'twoAverages({ guarded }) must be true or false, got null.'],
    [{ decay: 0.9 }, 'twoAverages({ decay }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => twoAverages(options as TwoAveragesOptions)).toThrow(message);
  });
});

/** The rule as it is written down, with powers for the bias. */
function slowly(options: TwoAveragesOptions, norms: readonly number[]): number[] {
  const { slowDecay = 0.99, fastDecay = 0.9, maxNormRatio = 2, clipNormRatio = 1.1 } = options;
  const { firstMaxNorm = 10_000, firstClipNorm = 1, guarded = true } = options;
  let [slow, fast] = [0, 0];
  return norms.map((norm, index) => {
    const isUnknown = slow === 0 || fast === 0; // the code asks for slow alone, and makes zeros of a gradient where fast is 0
    const maxNorm = isUnknown ? firstMaxNorm : (maxNormRatio * slow) / (1 - slowDecay ** index);
    const usual = index === 0 ? NaN : (clipNormRatio * fast) / (1 - fastDecay ** index);
    const clipped = norm > maxNorm;
    const after = clipped ? norm * Math.min(1, (isUnknown ? firstClipNorm : usual) / norm) : norm;
    const raw = !clipped || index === 0 || (guarded && isUnknown);
    slow = slowDecay * slow + (1 - slowDecay) * (raw ? norm : usual);
    fast = fastDecay * fast + (1 - fastDecay) * (raw ? norm : usual);
    return after;
  });
}
