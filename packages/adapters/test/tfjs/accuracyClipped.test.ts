import type { StepDecision } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { random } from '../oracle.ts';
import { measured } from './lateSupport/measure.ts';
import { normOf } from './lateSupport/norms.ts';
import { isSlow, watched } from './lateSupport/run.ts';
import type { Values } from './lateSupport/run.ts';

/**
 * Relative. The factor is rounded towards zero; each element then once, to 24 bits, which adds at most 2^-24 to a norm
 * that is above 1e-30, where what is lost of numbers near 0 does not count. The rest is what a device's norm is off by.
 */
const EXCESS = { exact: isSlow ? 1e-6 + 2 ** -23 : 2 ** -23, late: 2e-6 };
/** How much smaller than wanted: the factor is rounded to 24 bits, too. */
const SHORTFALL = 2e-6;
/** The smallest factor that float32 has with all its bits. */
const SMALLEST = 2 ** -126;

const noise = (size: number, length: number, seed: number = size): Float32Array => {
  const next = random(seed);
  return Float32Array.from({ length: size }, () => length * (2 * next() - 1));
};

/** What the optimizer gets, and what was decided. */
async function clipped(
  values: Values,
  by: number,
  clock: 'exact' | 'late',
  options: Parameters<typeof watched>[1] = {},
) {
  const run = watched(by, { clock, ...options });
  run.apply(values);
  await run.clipper.settled();
  const got = (await run.inner.received()).get(0)!;
  run.inner.dispose();
  return { got, decision: run.decisions[0] as StepDecision };
}

const all = (values: Values): number[] => Object.values(values).flatMap((own) => [...own]);
const bits = (values: Values): Record<string, number[]> =>
  Object.fromEntries(Object.entries(values).map(([name, own]) => [name, [...new Int32Array(own.slice().buffer)]]));

const gradients: Record<string, Values> = {
  'a scalar': { a: noise(1, 3) },
  'some tensors': { a: noise(33, 1), b: noise(7, 100), c: noise(2000, 1e-3) },
  'a large tensor': { a: noise(66_000, 1), b: noise(3, 1) },
  'equal elements': { a: new Float32Array(1000).fill(0.1), b: new Float32Array(5).fill(0.7) },
  'small numbers': { a: noise(100, 1e-20), b: noise(100, 1e-25) },
  'large numbers': { a: noise(100, 3e38), b: new Float32Array(128).fill(1e19) },
};

/** WebGPU in software takes seconds to read a large tensor. */
const ordersFor = (values: Values): readonly number[] =>
  isSlow && values['a']!.length > 5000 ? [2] : [1, 2, Infinity];

describe('the norm after clipping', () => {
  it.each(Object.keys(gradients))('of %s is at most the threshold', async (name) => {
    const values = gradients[name]!;
    for (const norm of ordersFor(values)) {
      const before = normOf(all(values), norm);
      const shares = [0.999999, 0.9, 1 / 3, 1e-3, 1e-7].map((share) => share * before);
      for (const threshold of isSlow ? shares.slice(1, 4) : [...shares, 1e-30, 1e-10, 1])
        for (const clock of ['exact', 'late'] as const) {
          if (threshold > before) continue;
          const { got, decision } = await clipped(values, threshold, clock, { norm });
          const what = `order ${norm}, threshold ${threshold} of ${before}, ${clock}`;
          const after = normOf(all(got), norm);
          expect(decision.decisions[0], what).toMatchObject({ clock, action: 'scale' });
          expect(after / threshold, what).toBeLessThanOrEqual(1 + EXCESS[clock]);
          if (threshold / before > SMALLEST) expect(after / threshold, what).toBeGreaterThanOrEqual(1 - SHORTFALL);
          for (const key of Object.keys(values)) expect(got[key]!.length).toBe(values[key]!.length);
        }
    }
  });

  it('keeps the direction', async () => {
    const values = gradients['some tensors']!;
    for (const clock of ['exact', 'late'] as const) {
      const { got, decision } = await clipped(values, 0.1, clock);
      for (const name of Object.keys(values))
        values[name]!.forEach((x, i) =>
          expect(Math.abs(got[name]![i]! - x * decision.factor!)).toBeLessThanOrEqual(2e-6 * Math.abs(x)),
        );
    }
  });

  it('at scope tensor is that of each', async () => {
    const values = gradients['some tensors']!;
    for (const clock of ['exact', 'late'] as const) {
      const { got } = await clipped(values, 0.01, clock, { scope: 'tensor' });
      for (const own of Object.values(got)) {
        expect(normOf(own) / 0.01).toBeLessThanOrEqual(1 + EXCESS[clock]);
        expect(normOf(own) / 0.01).toBeGreaterThanOrEqual(1 - SHORTFALL);
      }
    }
  });
});

describe('a norm that is not above the threshold', () => {
  it.each(Object.keys(gradients))('leaves every bit as it is: %s', async (name) => {
    const values = gradients[name]!;
    for (const norm of ordersFor(values)) {
      // The threshold that is equal to the norm as it is measured.
      const own = (await measured(values, 'exact', { norm })).get('global')!;
      for (const threshold of [own, own * (1 + 1e-15), own * 2, Infinity]) {
        const { got, decision } = await clipped(values, threshold, 'exact', { norm });
        expect(decision).toMatchObject({ action: 'pass', factor: 1 });
        expect(bits(got)).toEqual(bits(values));
      }
      const { decision } = await clipped(values, own * (1 - 1e-15), 'exact', { norm });
      expect(decision.action).toBe('scale');
    }
  });

  it('of a late step stays within the precision of a device', async () => {
    for (const values of Object.values(gradients)) {
      const before = normOf(all(values));
      const { got, decision } = await clipped(values, before * 1.01, 'late');
      expect(decision.decisions[0]).toMatchObject({ clock: 'late', action: 'pass' });
      expect(Math.abs(normOf(all(got)) / before - 1)).toBeLessThanOrEqual(1e-6);
    }
  });

  it('nor does zero change', async () => {
    const values = { a: new Float32Array(20), b: Float32Array.of(-0, 0) };
    for (const clock of ['exact', 'late'] as const) {
      const { got, decision } = await clipped(values, 1e-30, clock);
      expect(decision).toMatchObject({ action: 'pass', norm: 0, normAfter: 0 });
      expect(got).toEqual(values);
    }
  });
});
