import { createClipper } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answering, clip, clipNorms, measure, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

describe('the statistics of a clipper', () => {
  it('are empty before the first step', () => {
    const { percentile, keys, shadows, ...counts } = createClipper(1, { shadows: { two: 2 } }).stats();
    expect(counts).toEqual({
      steps: 0,
      count: 0,
      mean: NaN,
      max: NaN,
      clipRate: 0,
      recentClipRate: 0,
      skipped: 0,
      nonFinite: 0,
    });
    expect([percentile(50), keys.size]).toEqual([NaN, 0]);
    expect(shadows).toEqual({ two: { count: 0, mean: NaN, max: NaN, clipRate: 0, skipped: 0 } });
  });

  it('count norms, clips, skips and bad steps', () => {
    const clipper = createClipper(answering(({ norm }) => (norm > 50 ? { skip: 'no' } : 4)));
    // Norms: 2, 8, 0, 100, 6 of which 8 and 6 are clipped, 100 is skipped, and two steps are bad.
    clipNorms(clipper, [2, 8, NaN, 0, 100, Infinity, 6]);
    const { keys, shadows, percentile, ...counts } = clipper.stats();
    // Mean (2 + 8 + 0 + 100 + 6) / 5 = 23.2; clip rate 2 of 7 steps; skipped: the 100 and two bad ones.
    expect(counts).toEqual({
      steps: 7,
      count: 5,
      mean: 23.2,
      max: 100,
      clipRate: 2 / 7,
      recentClipRate: 2 / 7,
      skipped: 3,
      nonFinite: 2,
    });
    expect([...keys]).toEqual([['global', { count: 5, mean: 23.2, max: 100, clipRate: 2 / 7 }]]);
    // 0, 2, 6, 8, 100
    expect([0, 25, 50, 75, 100].map(percentile)).toEqual([0, 2, 6, 8, 100]);
    expect(shadows).toEqual({});
  });

  it('count as clipped what was made smaller, by a factor or by a clamp, and nothing else', () => {
    const bounds = [
      { factor: 0.5 },
      { factor: 2 },
      { factor: 1 },
      { clamp: 1 },
      { clamp: 8 },
      { threshold: 4, target: 9 },
      4,
      Infinity,
    ];
    const clipper = createClipper(answering((_, seen) => bounds[seen], { needs: ['maxAbs'] }));
    const rates = bounds.map(() => (clipNorms(clipper, [8]), clipper.stats().clipRate * clipper.stats().steps));
    expect(rates).toEqual([1, 1, 1, 2, 2, 2, 3, 3].map((clips) => expect.closeTo(clips, 9)));
  });

  it('count a bad step that was zeroed or dropped as one that reached the optimizer', () => {
    const zeroing = createClipper(4, { onNonFinite: 'zero' });
    clip(zeroing, { w: [8, NaN] });
    expect(zeroing.stats()).toMatchObject({ steps: 1, count: 1, mean: 8, clipRate: 1, nonFinite: 1, skipped: 0 });
    const late = createClipper(4);
    late.forecast(['w']);
    late.arrive(measure(late.plan, { w: [NaN] }));
    expect(late.stats()).toMatchObject({ steps: 1, count: 0, clipRate: 0, nonFinite: 1, skipped: 0 });
  });

  it('keep the mean of huge norms finite', () => {
    const clipper = createClipper(Infinity, { norm: 1 });
    clipNorms(clipper, [1.5e308, 1.5e308, 1.5e308]);
    expect(clipper.stats()).toMatchObject({ mean: 1.5e308, max: 1.5e308 });
  });

  it('have the mean, the largest and the clip rate of any run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(NaN)), {
          minLength: 1,
          maxLength: 60,
        }),
        (norms) => {
          const clipper = createClipper(10, { nonFiniteBudget: Infinity });
          clipNorms(clipper, norms);
          const good = norms.filter((norm) => norm >= 0);
          const { count, mean, max, clipRate, steps } = clipper.stats();
          expect([count, steps]).toEqual([good.length, norms.length]);
          expect(max).toBe(good.length ? Math.max(...good.map((x) => Math.sqrt(x * x))) : NaN);
          expect(mean).toEqual(
            good.length ? expect.closeTo(good.reduce((sum, x) => sum + x, 0) / good.length, 9) : NaN,
          );
          expect(clipRate).toBe(good.filter((norm) => Math.sqrt(norm * norm) > 10).length / norms.length);
        },
      ),
      { seed: 20_130_716 },
    );
  });

  it('stay as they were read', () => {
    const clipper = createClipper(4);
    clipNorms(clipper, [1, 2, 3]);
    const stats = clipper.stats();
    clipNorms(clipper, [100, 100, 100]);
    expect([stats.max, stats.keys.get('global')!.max, stats.percentile(100)]).toEqual([3, 3, 3]);
  });
});

describe('the last 1,024 steps', () => {
  it('have a clip rate of their own', () => {
    const clipper = createClipper(4);
    clipNorms(
      clipper,
      Array.from({ length: 1024 }, () => 8),
    );
    clipNorms(
      clipper,
      Array.from({ length: 256 }, () => 1),
    );
    // 1,024 of 1,280 steps were clipped, and 768 of the last 1,024.
    expect(clipper.stats()).toMatchObject({ clipRate: 0.8, recentClipRate: 0.75 });
    clipNorms(
      clipper,
      Array.from({ length: 768 }, () => 1),
    );
    expect(clipper.stats()).toMatchObject({ clipRate: 0.5, recentClipRate: 0 });
  });

  it('are what percentiles are of', () => {
    const clipper = createClipper(Infinity);
    clipNorms(
      clipper,
      Array.from({ length: 2000 }, (_, i) => i),
    );
    // 976 to 1,999
    expect([0, 50, 100].map(clipper.stats().percentile)).toEqual([976, 1487.5, 1999]);
  });

  it('leave out the norms of steps before, also when no good one came since', () => {
    const clipper = createClipper(Infinity, { onNonFinite: 'pass' });
    clipNorms(clipper, [5, 6, 7]);
    clipNorms(
      clipper,
      Array.from({ length: 1022 }, () => NaN),
    );
    expect(clipper.stats().percentile(0)).toBe(6);
    clipNorms(clipper, [NaN, NaN]);
    expect(clipper.stats().percentile(50)).toBe(NaN);
  });
});

describe('percentiles of the joint norm', () => {
  it.each([
    // Values of numpy.percentile(norms, p), which interpolates linearly.
    [[15, 20, 35, 40, 50], 40, 29],
    [[15, 20, 35, 40, 50], 0, 15],
    [[15, 20, 35, 40, 50], 100, 50],
    [[1, 2, 3, 4], 50, 2.5],
    [[1, 2, 3, 4], 25, 1.75],
    [[1, 2, 3, 4], 90, 3.7],
    [[7], 33, 7],
    [[0, 0, 0, 8], 75, 2],
  ])('of %j at %d is %d', (norms, p, expected) => {
    const clipper = createClipper(1);
    clipNorms(clipper, norms);
    expect(clipper.stats().percentile(p)).toBeCloseTo(expected, 12);
  });

  it('are of all tensors together', () => {
    const clipper = createClipper(1, { scope: 'tensor' });
    clip(clipper, { a: [3], b: [4] });
    clip(clipper, { a: [6], b: [8] });
    expect([0, 100].map(clipper.stats().percentile)).toEqual([5, 10]);
    expect(clipper.stats()).toMatchObject({ count: 2, mean: 7.5, max: 10, clipRate: 1 });
  });
});

describe('the statistics of keys', () => {
  it('are of the steps a key took part in', () => {
    const clipper = createClipper([
      { match: 'a', policy: 4 },
      { match: 'b', policy: 10, scope: 'tensor' },
    ]);
    clip(clipper, { a: [8], b1: [2] });
    clip(clipper, { a: [2], b1: [20], b2: [30] });
    clip(clipper, { b1: [5], b2: [] });
    clip(clipper, { a: [NaN], b1: [5] });
    const { keys } = clipper.stats();
    expect(Object.fromEntries(keys)).toEqual({
      // Norms 8 and 2, the 8 clipped, in three steps of which one was bad.
      a: { count: 2, mean: 5, max: 8, clipRate: 1 / 3 },
      // Norms 2, 20 and 5, the 20 clipped, in four steps of which one was bad.
      b1: { count: 3, mean: 9, max: 20, clipRate: 1 / 4 },
      b2: { count: 1, mean: 30, max: 30, clipRate: 1 },
    });
  });

  it('are a copy', () => {
    const clipper = createClipper(4);
    clipNorms(clipper, [8]);
    (clipper.stats().keys as Map<string, unknown>).clear();
    Object.assign(clipper.stats(), { steps: 99 });
    expect([clipper.stats().keys.size, clipper.stats().steps]).toEqual([1, 1]);
  });
});

describe('the statistics of shadows', () => {
  it('are what each policy would have done to the whole step', () => {
    const skips = answering(({ norm }) => (norm > 9 ? { skip: 'no' } : 4));
    const clipper = createClipper(100, { scope: 'tensor', shadows: { five: 5, off: Infinity, skips } });
    // Joint norms sqrt(3^2 + 4^2) = 5, sqrt(6^2 + 8^2) = 10 and sqrt(9^2 + 12^2) = 15.
    for (const k of [1, 2, 3]) clip(clipper, { a: [3 * k], b: [4 * k] });
    const { shadows, clipRate } = clipper.stats();
    expect(clipRate).toBe(0);
    // Norms above 5: a 6 and an 8, a 9 and a 12.
    expect(shadows['five']).toEqual({ count: 3, mean: 10, max: 15, clipRate: 2 / 3, skipped: 0 });
    expect(shadows['off']).toEqual({ count: 3, mean: 10, max: 15, clipRate: 0, skipped: 0 });
    // The 12 is skipped, a 6 and an 8 are clipped to 4.
    expect(shadows['skips']).toEqual({ count: 3, mean: 10, max: 15, clipRate: 1 / 3, skipped: 1 });
  });

  it('count bad steps as steps', () => {
    const clipper = createClipper(100, { shadows: { five: 5 } });
    clipNorms(clipper, [10, NaN, 10, NaN]);
    expect(clipper.stats().shadows['five']).toEqual({ count: 2, mean: 10, max: 10, clipRate: 0.5, skipped: 0 });
  });

  it('are those of a clipper with that policy alone', () => {
    const adaptive = () => answering(({ norm }, seen) => (seen % 4 ? norm * 0.9 : Infinity));
    const norms = [1, 5, 0, 3, 9, 9, 2, 7, 7, 1];
    const [alone, shadowed] = [createClipper(adaptive()), createClipper(1, { shadows: { adaptive: adaptive() } })];
    clipNorms(alone, norms);
    clipNorms(shadowed, norms);
    expect(shadowed.stats().shadows['adaptive']).toEqual({ ...alone.stats().keys.get('global')!, skipped: 0 });
  });
});
