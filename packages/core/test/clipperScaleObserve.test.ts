import { createClipper } from '@gradclip/core';
import type { Clipper } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answering, clip, clipNorms, recording, spelled, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const SEED = { seed: 20_130_716 };

describe('the loss scale', () => {
  it('is divided out of norms, and contained in clamps', () => {
    const clamping = answering(() => ({ clamp: 2 }), { needs: ['maxAbs'] });
    for (const scope of ['global', 'tensor'] as const) {
      const step = clip(createClipper(clamping, { scope }), { a: [24], b: [32] }, { lossScale: 8 });
      // sqrt(24^2 + 32^2) / 8 = 5; an element may be 2 * 8 in memory.
      expect(step).toMatchObject({ action: 'clamp', norm: 5 });
      expect([...step.clamps('a')]).toEqual([16]);
    }
  });

  it('does not touch the weights', () => {
    const { policy, asked } = recording({ needs: ['weightNorm', 'maxAbs', 'globalNorm'] });
    clip(
      createClipper(policy, { scope: 'tensor' }),
      { a: [24], b: [32] },
      { lossScale: 8, weights: { a: [3], b: [4] } },
    );
    expect(asked.map(({ norm, weightNorm, maxAbs, globalNorm }) => [norm, weightNorm, maxAbs, globalNorm])).toEqual([
      [3, 3, 3, 5],
      [4, 4, 4, 5],
    ]);
  });

  it('a power of two changes no decision', () => {
    const gradients = fc.array(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 4, maxLength: 4 }), {
      maxLength: 12,
    });
    const adaptive = answering(({ norm }, seen) =>
      seen % 3 ? { threshold: norm * 0.7 + 1e-9, target: 0.5 } : { factor: 0.3 },
    );
    fc.assert(
      fc.property(
        gradients,
        fc.integer({ min: -40, max: 40 }),
        fc.constantFrom(1, 2, Infinity),
        (steps, exponent, norm) => {
          const lossScale = 2 ** exponent;
          const [plain, scaled] = [0, 0].map(() => createClipper(adaptive, { norm, scope: 'tensor' })) as [
            Clipper,
            Clipper,
          ];
          for (const values of steps) {
            const tensors = (scale: number) => ({
              a: values.slice(0, 2).map((x) => x * scale),
              b: values.slice(2).map((x) => x * scale),
            });
            const own = clip(scaled, tensors(lossScale), { lossScale });
            expect(spelled(own, ['a', 'b'])).toBe(spelled(clip(plain, tensors(1)), ['a', 'b']));
          }
        },
      ),
      SEED,
    );
  });
});

describe('observing', () => {
  it('makes the decisions of applying, and applies none', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 30 }), (norms) => {
        const policy = answering(({ norm }, seen) => (norm > 18 ? { skip: 'no' } : (seen % 7) + 1));
        const applying = clipNorms(createClipper(policy), norms);
        const observing = clipNorms(createClipper(policy, { observe: true }), norms);
        for (const [i, step] of observing.entries()) {
          expect([step.applied, step.proceed]).toEqual([false, true]);
          expect(spelled(step, ['w']).replace('"proceed":true,"applied":false', '')).toBe(
            spelled(applying[i]!, ['w']).replace(/"proceed":(true|false),"applied":true/, ''),
          );
        }
      }),
      SEED,
    );
  });

  it('has the clip rate of what would have been clipped', () => {
    const clipper = createClipper(4, { observe: true });
    clipNorms(clipper, [8, 1, 8, 1]);
    expect(clipper.stats().clipRate).toBe(0.5);
  });
});
