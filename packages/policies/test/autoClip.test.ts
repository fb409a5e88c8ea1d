import { rewarm } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { autoClip } from '../src/index.ts';
import type { AutoClipOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';
import { thresholds } from './support.ts';

describe('worked numbers', () => {
  test('every norm counts, the current one included', () => {
    // Rank 0.25 * (n - 1): (8) 8, (0, 8) 2, (0, 4, 8) rank 0.5: 2, (0, 2, 4, 8) rank 0.75: 1.5
    expect(thresholds(autoClip({ p: 25 }), [8, 0, 4, 2])).toEqual([8, 2, 2, 1.5]);
  });

  test('the default is the tenth percentile', () => {
    // Of 1, ..., 11: rank 0.1 * 10 = 1
    expect(thresholds(autoClip(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).at(-1)).toBe(2);
  });

  test('windowed: the last norms', () => {
    // Medians of (4), (4, 2), (4, 2, 9), (2, 9, 9)
    expect(thresholds(autoClip({ p: 50, window: 3 }), [4, 2, 9, 9])).toEqual([4, 3, 4, 9]);
  });

  test('100 never clips; 0 clips to the smallest so far; a percentile of 0 does not clip', () => {
    expect(afters(autoClip({ p: 100 }), scene)).toEqual(scene);
    expect(thresholds(autoClip({ p: 0 }), [3, 4, 1, 5])).toEqual([3, 3, 1, 1]);
    expect(thresholds(autoClip({ p: 0 }), [3, 0, 1])).toEqual([3, Infinity, Infinity]);
  });

  test("'tensorflow': the norm of a tensor meets the percentile of the global norm, of the nearest rank", () => {
    // Global norms 10, 30, 20, 40, p = 50, counted from the largest: rank 0 of (10), 0.5 of (30, 10) is the even rank 0, 1 of 3,
    // 1.5 of (40, 30, 20, 10) is the even rank 2
    const policy = autoClip({ variant: 'tensorflow', p: 50 });
    const globals = [10, 30, 20, 40];
    const answers = outcomes(policy, [9, 20, 25, 35], (_, step) => ({ globalNorm: globals[step]! }));
    expect(answers.map(({ threshold }) => threshold)).toEqual([10, 30, 20, 20]);
    expect(answers.map(({ after }) => after)).toEqual([9, 20, 20, 20]);
    expect(policy).toMatchObject({ scope: 'tensor', needs: ['globalNorm'] });
  });
});

test.each<AutoClipOptions>([{}, { p: 50 }, { p: 90, window: 40 }, { p: 33, window: 7, interpolation: 'nearest' }])(
  'answers as sorting at each step does: %o',
  (options) => {
    expectNear(afters(autoClip(options), scene), slowly(options, scene, scene));
  },
);

// With 46 norms and p = 10 every rank lies halfway.
test.each<AutoClipOptions>([
  { p: 10, window: 46 },
  { p: 20, window: 50 },
  { p: 50, window: Infinity },
  { p: 30, window: 46, interpolation: 'linear' },
])("'tensorflow' answers as sorting at each step does: %o", (options) => {
  const all = { variant: 'tensorflow', interpolation: 'nearest', ...options } as const;
  const globals = scene.map((norm) => 1.5 * norm + 0.1);
  expectNear(
    afters(autoClip(all), scene, (_, step) => ({ globalNorm: globals[step]! })),
    slowly(all, globals, scene),
  );
});

test("'tensorflow': a percentile of 0 does not clip", () => {
  const answers = outcomes(autoClip({ variant: 'tensorflow' }), [3, 4], () => ({ globalNorm: 0 }));
  expect(answers.map(({ threshold }) => threshold)).toEqual([Infinity, Infinity]);
});

test('after a lasting rise the whole history clips to the old level; a window or rewarm ends that', () => {
  const norms = [...Array<number>(300).fill(1), ...Array<number>(200).fill(100)];
  const options = { p: 50 };
  expect(afters(autoClip(options), norms).slice(300)).toEqual(Array(200).fill(1));
  expect(afters(autoClip({ ...options, window: 40 }), norms).slice(322)).toEqual(Array(178).fill(100));
  expect(afters(rewarm(autoClip(options), { after: 30 }), norms).slice(330)).toEqual(Array(170).fill(100));
});

test('has no forecast', () => {
  expect('forecast' in autoClip()).toBe(false);
  expect('forecast' in autoClip({ variant: 'tensorflow' })).toBe(false);
});

test('options have their defaults filled in', () => {
  expect(autoClip().options).toEqual({ p: 10, variant: 'paper', window: Infinity, interpolation: 'linear' });
  const tensorflow = { variant: 'tensorflow', window: 10_000, interpolation: 'nearest' } as const;
  expect(autoClip({ variant: 'tensorflow' }).options).toEqual({ p: 10, ...tensorflow });
});

test('explains itself', () => {
  const policy = autoClip({ p: 50, window: 3 });
  const [, state] = policy.decide(policy.init('global'), { step: 0, key: 'global', norm: 3, size: 1 });
  expect(policy.explain!(state)).toBe('threshold 3 = percentile 50 of the last 3 norms; 1 norms are known now');
});

describe('refuses', () => {
  test.each([
    [{ p: -1 }, 'autoClip({ p }) must be in [0, 100], got -1.'],
    [{ p: '10' }, 'autoClip({ p }) must be in [0, 100], got "10".'],
    [{ window: 0 }, 'autoClip({ window }) must be an integer >= 1 or Infinity, got 0.'],
    [{ variant: 'keras' }, "autoClip({ variant }) must be one of 'paper', 'tensorflow', got \"keras\"."],
    [{ interpolation: 'cubic' }, "autoClip({ interpolation }) must be one of 'linear', 'lower'"],
    [{ percentile: 10 }, 'autoClip({ percentile }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => autoClip(options as AutoClipOptions)).toThrow(message);
  });
});

/** The rule as it is published: append, sort, interpolate, clip. */
function slowly(options: AutoClipOptions, recorded: readonly number[], clipped: readonly number[]): number[] {
  const { p = 10, variant = 'paper', window = Infinity, interpolation = 'linear' } = options;
  const downwards = variant === 'tensorflow' ? -1 : 1;
  return clipped.map((norm, step) => {
    const history = recorded.slice(0, step + 1).slice(-window);
    const sorted = [...history].sort((a, b) => downwards * (a - b));
    const rank = (downwards < 0 ? 1 - p / 100 : p / 100) * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
    const share = rank - Math.floor(rank);
    const even = Math.floor(rank) % 2 === 0 ? low : high;
    const nearest = share < 0.5 ? low : share > 0.5 ? high : even;
    const threshold = interpolation === 'nearest' ? nearest : low * (1 - share) + high * share;
    return threshold === 0 ? norm : Math.min(norm, threshold);
  });
}
