import { rewarm } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { meanPlusStd } from '../src/index.ts';
import type { MeanPlusStdOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose, ordinary, POISONS, poisoned } from './answers.ts';

const thresholdsOf = (options: MeanPlusStdOptions, norms: readonly number[]) =>
  answers(meanPlusStd(options), eventsOf(norms)) as number[];

describe('levanter', () => {
  test('worked numbers', () => {
    // (1, 3): mean 2, std 1; (1, 3, 8): mean 4, std sqrt((9 + 1 + 16) / 3); (1, 3, 8, 4): mean 4, std sqrt((9 + 1 + 16 + 0) / 4);
    // then 1 leaves. (3, 8, 4, 5): mean 5, std sqrt((4 + 9 + 1 + 0) / 4)
    expectClose(thresholdsOf({ window: 4 }, [1, 3, 8, 4, 5, 1]), [
      Infinity,
      Infinity,
      2 + 3 * 1,
      4 + 3 * Math.sqrt(26 / 3),
      4 + 3 * Math.sqrt(26 / 4),
      5 + 3 * Math.sqrt(14 / 4),
    ]);
  });

  test('waits for half of the window, and for two norms', () => {
    expect(thresholdsOf({}, COURSE).findIndex((threshold) => threshold < Infinity)).toBe(64);
    expect(thresholdsOf({ window: 2 }, [1, 1, 1]).findIndex((threshold) => threshold < Infinity)).toBe(2);
    expect(thresholdsOf({ window: 7 }, [1, 1, 1, 1]).findIndex((threshold) => threshold < Infinity)).toBe(3);
  });

  test('the deviation has a floor, which a scale of 1e-9 never leaves', () => {
    expectClose(thresholdsOf({ window: 4 }, [5, 5, 5]).slice(2), [5 + 3e-6]);
    expect(thresholdsOf({ window: 4, stdFloor: 0 }, [5, 5, 5]).slice(2)).toEqual([5]);
    const tiny = COURSE.map((norm) => norm * 1e-9);
    expect(thresholdsOf({}, tiny).every((threshold, i) => tiny[i]! <= threshold)).toBe(true);
    expect(thresholdsOf({ stdFloor: 0 }, tiny).some((threshold, i) => tiny[i]! > threshold)).toBe(true);
  });

  test.each([{}, { window: 20, sigmaFactor: 1, stdFloor: 0 }, { window: 3, stdFloor: 0.1 }])(
    '%o: answers as a plain loop does',
    (options) => {
      const {
        window = 128,
        sigmaFactor = 3,
        stdFloor = 1e-6,
      } = options as { window?: number; sigmaFactor?: number; stdFloor?: number };
      const wanted = COURSE.map((_, i) => {
        const known = COURSE.slice(Math.max(0, i - window), i);
        const mean = known.reduce((sum, norm) => sum + norm, 0) / known.length;
        const variance = known.reduce((sum, norm) => sum + (norm - mean) ** 2, 0) / known.length;
        return known.length < Math.max(2, window >> 1)
          ? Infinity
          : mean + sigmaFactor * Math.max(Math.sqrt(variance), stdFloor);
      });
      expectClose(thresholdsOf(options, COURSE), wanted);
    },
  );

  test('follows a lasting rise of 100 times within 30 steps, because the raw norms are recorded', () => {
    const norms = [...ordinary(200), ...ordinary(200, 100)];
    const hits = thresholdsOf({}, norms).flatMap((threshold, i) => (norms[i]! > threshold ? [i] : []));
    expect(hits.at(-1)).toBeLessThan(230);
  });

  test.each(POISONS)('lives through norms of %d', (poison) => {
    const clean = thresholdsOf({}, ordinary(400));
    for (const norms of Object.values(poisoned(poison))) {
      const thresholds = thresholdsOf({}, norms);
      expect(thresholds.every((threshold) => threshold > 0)).toBe(true);
      expectClose(thresholds.slice(-200), clean.slice(-200));
    }
  });

  test('a mean of 0 does not clip', () => {
    expect(thresholdsOf({ window: 4 }, [0, 0, 0, 0])).toEqual([Infinity, Infinity, Infinity, Infinity]);
  });
});

describe('openSora', () => {
  const variant = 'openSora';

  test('worked numbers', () => {
    // 0.2: mean min(0.6, 1). 0.4 <= 0.6: mean 0.5 * 0.6 + 0.5 * 0.4 = 0.5, variance 0.5 * (0.5 - 0.4)^2 = 0.005.
    // 9: above 0.5 + 3 sqrt(0.005), not recorded. 0.3: mean 0.4, variance 0.5 * 0.005 + 0.5 * (0.4 - 0.3)^2 = 0.0075.
    expectClose(thresholdsOf({ variant, decay: 0.5 }, [0.2, 0.4, 9, 0.3, 0]), [
      Infinity,
      0.6,
      0.5 + 3 * Math.sqrt(0.005),
      0.5 + 3 * Math.sqrt(0.005),
      0.4 + 3 * Math.sqrt(0.0075),
    ]);
  });

  test('a norm at its threshold is recorded', () => {
    // mean 0.75; 0.75 is not above it: mean 0.75, variance 0
    expect(thresholdsOf({ variant }, [0.25, 0.75, 1])).toEqual([Infinity, 0.75, 0.75]);
  });

  test.each([
    { variant },
    { variant, decay: 0.9, sigmaFactor: 2, initialNorm: 0.3 },
    { variant, initialNorm: Infinity },
    { variant, guarded: true, decay: 0.95 },
  ] as const)('%o: answers as the published loop does', (options) => {
    for (const scale of [0.1, 1]) {
      const norms = COURSE.map((norm) => norm * scale);
      expectClose(thresholdsOf(options, norms), published(options, norms));
    }
  });

  test('locks up where norms are above initialNorm from the start; guarded begins at their level', () => {
    const norms = ordinary(300, 10);
    expect(new Set(thresholdsOf({ variant }, norms).slice(1))).toEqual(new Set([1]));
    const thresholds = thresholdsOf({ variant, guarded: true }, norms);
    expect(norms.filter((norm, i) => norm > thresholds[i]!)).toHaveLength(0);
    expect(thresholds.at(-1)).toBeLessThan(30);
  });

  test('locks up after a lasting rise; rewarm ends that', () => {
    const norms = [...ordinary(200), ...ordinary(300, 100)];
    const hits = (bounds: readonly unknown[]) => norms.map((norm, i) => norm > (bounds[i] as number));
    const options = { variant, guarded: true } as const;
    expect(hits(thresholdsOf(options, norms)).slice(200).every(Boolean)).toBe(true);
    const rewarmed = hits(answers(rewarm(meanPlusStd(options), { after: 30 }), eventsOf(norms)));
    expect(rewarmed.slice(200, 230).every(Boolean)).toBe(true);
    expect(rewarmed.slice(230).some(Boolean)).toBe(false);
  });

  test('after a first norm of 0 it never clips; guarded waits for another', () => {
    const norms = [0, ...ordinary(100), 50];
    expect(thresholdsOf({ variant }, norms).every((threshold) => threshold === Infinity)).toBe(true);
    const guarded = thresholdsOf({ variant, guarded: true }, norms);
    expect(guarded.slice(0, 2)).toEqual([Infinity, Infinity]);
    expect(guarded.at(-1)).toBeLessThan(5);
  });

  test.each(POISONS)('guarded lives through norms of %d late in a run', (poison) => {
    const clean = thresholdsOf({ variant, guarded: true }, [...ordinary(150, 1, 9), ...ordinary(400)]);
    const thresholds = thresholdsOf({ variant, guarded: true }, poisoned(poison).late);
    const apart = Math.abs(thresholds.at(-1)! / clean.at(-1)! - 1);
    expect(apart).toBeLessThan(0.02);
  });

  function published(options: MeanPlusStdOptions & { variant: 'openSora' }, norms: readonly number[]): number[] {
    const { decay = 0.99, sigmaFactor = 3, initialNorm = 1, guarded = false } = options;
    let mean = -Infinity;
    let variance = 0;
    return norms.map((norm) => {
      const first = mean === -Infinity;
      const limit = first ? Infinity : mean + sigmaFactor * Math.sqrt(variance);
      if (guarded && norm === 0) return limit;
      if (first) mean = guarded ? 3 * norm : Math.min(3 * norm, initialNorm);
      else if (norm <= limit) {
        mean = decay * mean + (1 - decay) * norm;
        variance = decay * variance + (1 - decay) * (mean - norm) ** 2;
      }
      return limit;
    });
  }
});

test('the forecast is the next answer', () => {
  for (const options of [{}, { variant: 'openSora' }] as MeanPlusStdOptions[]) {
    const policy = meanPlusStd(options);
    let state = policy.init('global');
    for (const event of eventsOf(COURSE)) {
      const forecast = policy.forecast!(state, event);
      const [bound, next] = policy.decide(state, event);
      expect(bound).toBe(forecast);
      state = next;
    }
  }
});

test('options have their defaults filled in', () => {
  expect(meanPlusStd().options).toEqual({ variant: 'levanter', sigmaFactor: 3, window: 128, stdFloor: 1e-6 });
  const openSora = { variant: 'openSora', sigmaFactor: 3, decay: 0.99, initialNorm: 1, guarded: false } as const;
  expect(meanPlusStd({ variant: 'openSora' }).options).toEqual(openSora);
});

test('explains itself', () => {
  const levanter = meanPlusStd({ window: 4 });
  let state = levanter.init('global');
  for (const event of eventsOf([1, 3])) state = levanter.decide(state, event)[1];
  expect(levanter.explain!(state)).toBe('threshold 5 next, from mean 2 and std 1 of 2 norms; 2 are needed');
  const openSora = meanPlusStd({ variant: 'openSora' });
  expect(openSora.explain!(openSora.init('global'))).toBe('no threshold: no norm was known');
  expect(openSora.explain!({ mean: 0.5, std: 0.1 })).toBe(
    'threshold 0.8 next, from mean 0.5 and std 0.1 of the norms not clipped',
  );
});

describe('refuses', () => {
  test.each([
    [{ variant: 'opensora' }, "meanPlusStd({ variant }) must be one of 'levanter', 'openSora', got \"opensora\"."],
    [{ sigmaFactor: 0 }, 'meanPlusStd({ sigmaFactor }) must be a finite number > 0, got 0.'],
    [{ window: 1 }, 'meanPlusStd({ window }) must be an integer >= 2, got 1.'],
    [{ window: Infinity }, 'meanPlusStd({ window }) must be an integer >= 2, got Infinity.'],
    [{ stdFloor: -1 }, 'meanPlusStd({ stdFloor }) must be a finite number >= 0, got -1.'],
    [{ decay: 0.9 }, 'meanPlusStd({ decay }) is not an option here. Known are variant, sigmaFactor, window, stdFloor.'],
    [{ variant: 'openSora', sigmaFactor: NaN }, 'meanPlusStd({ sigmaFactor }) must be a finite number > 0, got NaN.'],
    [{ variant: 'openSora', decay: 1 }, 'meanPlusStd({ decay }) must be in [0, 1), got 1.'],
    [{ variant: 'openSora', initialNorm: 0 }, 'meanPlusStd({ initialNorm }) must be a number > 0, got 0.'],
    [{ variant: 'openSora', guarded: 1 }, 'meanPlusStd({ guarded }) must be true or false, got 1.'],
    [{ variant: 'openSora', window: 9 }, 'meanPlusStd({ window }) is not an option here.'],
    [{ widow: 3 }, 'meanPlusStd({ widow }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => meanPlusStd(options as MeanPlusStdOptions)).toThrow(message);
  });
});
