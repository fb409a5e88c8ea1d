import { createClipper, simulate } from '@gradclip/core';
import type { GradientNormEvent } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { skipSpikes } from '../src/index.ts';
import { COURSE, eventsOf, ordinary } from './answers.ts';
import { skipped } from './skipping.ts';
import { noise } from './support.ts';

/** Losses of a training, with spikes of their own. */
const EVENTS: readonly GradientNormEvent[] = (() => {
  const random = noise(17);
  return eventsOf(COURSE).map((event, i) => {
    const loss = 3 / (1 + i / 100) + 0.1 * random.next().value + (i === 100 || i === 300 ? 20 : 0);
    return { ...event, loss };
  });
})();

describe('olmo', () => {
  test('worked numbers: the sample deviation of the earlier values', () => {
    // window 8: from 3 earlier values on. (1, 2, 1, 2): mean 1.5, sample deviation sqrt(1 / 3); 1.5 + 2 * 0.577 = 2.655
    const at = (norm: number) => skipped({ on: 'norm', window: 8, sigmaFactor: 2 }, eventsOf([1, 2, 1, 2, norm]));
    expect(at(2.654)).toEqual([]);
    expect(at(2.656)).toEqual([4]);
  });

  test('worked numbers: an outlier is recorded and widens the window', () => {
    // window 4, factor 1: (1, 3): mean 2, deviation sqrt(2): 20 is skipped. (1, 3, 20): mean 8, deviation sqrt(109): 18 passes.
    expect(skipped({ on: 'norm', window: 4, sigmaFactor: 1 }, eventsOf([1, 3, 20, 18]))).toEqual([1, 2]);
  });

  test.each([
    {},
    { on: 'norm' },
    { on: 'loss' },
    { window: 20, sigmaFactor: 3 },
    { window: 5 },
    { window: 2 },
  ] as const)('%o: skips what the published loop skips', (options) => {
    const {
      window = 128,
      sigmaFactor = 6,
      on = 'both',
    } = options as { window?: number; sigmaFactor?: number; on?: string };
    const wanted = EVENTS.flatMap(({ norm, loss }, i) => {
      if (i + 1 < Math.max(2, window >> 1)) return [];
      const ok = (value: number, before: readonly number[]) => {
        const last = before.slice(-window);
        const mean = last.reduce((sum, one) => sum + one, 0) / last.length;
        const std = Math.sqrt(last.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (last.length - 1));
        return value - mean <= sigmaFactor * std;
      };
      const before = EVENTS.slice(0, i);
      const lossOk =
        on === 'norm' ||
        ok(
          loss!,
          before.map((event) => event.loss!),
        );
      const normOk =
        on === 'loss' ||
        ok(
          norm,
          before.map((event) => event.norm),
        );
      return lossOk && normOk ? [] : [i];
    });
    expect(skipped(options, EVENTS)).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(0);
  });

  test('needs the loss, unless only the norm is tested', () => {
    expect(skipSpikes().needs).toEqual(['loss']);
    expect(skipSpikes({ on: 'norm' }).needs).toBeUndefined();
    expect(createClipper(skipSpikes()).plan.needs.has('loss')).toBe(true);
  });

  test('with a window of 5 or less the second step is always skipped; guarded waits', () => {
    for (const window of [2, 3, 4, 5]) {
      const events = eventsOf([1, 0.5, 1, 0.75]);
      expect(skipped({ on: 'norm', window }, events)[0]).toBe(1);
      expect(skipped({ on: 'norm', window, guarded: true }, events)).toEqual([]);
    }
    expect(skipped({ on: 'norm', window: 6 }, eventsOf([1, 0.5, 0.75]))).toEqual([]);
  });

  test('after equal values any larger one is skipped, unless guarded', () => {
    const events = eventsOf([...Array<number>(70).fill(0.1), 0.1000001, 0.1]);
    expect(skipped({ on: 'norm' }, events)).toEqual([70]);
    expect(skipped({ on: 'norm', guarded: true }, events)).toEqual([]);
  });

  test('goes on a few steps after a lasting rise of 100 times', () => {
    expect(skipped({ on: 'norm' }, eventsOf([...ordinary(300), ...ordinary(300, 100)])).length).toBeLessThan(10);
  });

  test('one value that is not finite skips its own step only', () => {
    const norms = ordinary(300);
    norms[150] = NaN;
    const actions = simulate(skipSpikes({ on: 'norm' }), norms).map(({ action }) => action);
    expect(actions.flatMap((action, i) => (action === 'pass' ? [] : [i]))).toEqual([150]);
  });
});

describe('levanter', () => {
  const variant = 'levanter';

  test('worked numbers: the population deviation, with a floor', () => {
    // window 4: from 2 earlier values on. (1, 3): mean 2, deviation 1; 2 + 2 * 1 = 4
    const at = (norm: number) => skipped({ variant, on: 'norm', window: 4, sigmaFactor: 2 }, eventsOf([1, 3, norm]));
    expect(at(4)).toEqual([]);
    expect(at(4.001)).toEqual([2]);
    const equal = [2, 2, 2, 2.000005, 2];
    expect(skipped({ variant, on: 'norm', window: 6 }, eventsOf(equal))).toEqual([]); // 2 + 6 * 1e-6
    expect(skipped({ variant, on: 'norm', window: 6 }, eventsOf([2, 2, 2, 2.000007]))).toEqual([3]);
  });

  test('worked numbers: a value is forgotten after window others', () => {
    // window 4: with the 100 the limit would be 20.8 + 39.6, without it 1 + 1e-6
    const events = eventsOf([100, 1, 1, 1, 1, 30]);
    expect(skipped({ variant, on: 'norm', window: 4, sigmaFactor: 1 }, events)).toEqual([5]);
  });

  test.each([{ variant }, { variant, window: 20, sigmaFactor: 3 }, { variant, window: 3, on: 'norm' }] as const)(
    '%o: skips what the published loop skips',
    (options) => {
      const {
        window = 128,
        sigmaFactor = 6,
        on = 'both',
      } = options as { window?: number; sigmaFactor?: number; on?: string };
      const wanted = EVENTS.flatMap(({ norm, loss }, i) => {
        if (i < Math.max(2, window >> 1)) return [];
        const limit = (before: readonly number[]) => {
          const last = before.slice(-window); // none of them the current one
          const mean = last.reduce((sum, one) => sum + one, 0) / last.length;
          const variance = last.reduce((sum, one) => sum + (one - mean) ** 2, 0) / last.length;
          return mean + sigmaFactor * Math.max(Math.sqrt(variance), 1e-6);
        };
        const before = EVENTS.slice(0, i);
        const lossOk = on === 'norm' || loss! <= limit(before.map((event) => event.loss!));
        return lossOk && norm <= limit(before.map((event) => event.norm)) ? [] : [i];
      });
      expect(skipped(options, EVENTS)).toEqual(wanted);
      expect(wanted.length).toBeGreaterThan(0);
    },
  );
});
