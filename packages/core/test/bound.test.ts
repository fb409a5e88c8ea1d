import { simulate } from '@gradclip/core';
import type { ClipBound } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createResolution, isHit, normAfter, resolveBound } from '../src/bound.ts';
import type { BoundLimits, Resolution } from '../src/bound.ts';
import { anyBound, boundOf, finiteNorm, normBound, positive, SEED, someThreshold } from './support/arbitraries.ts';
import * as naive from './support/naiveBound.ts';

const NO_LIMITS: BoundLimits = { epsilon: 0, min: 0, max: Infinity };
/** A few roundings. */
const ULPS = 4 * 2 ** -52;

function resolve(bound: ClipBound, norm: number, limits: BoundLimits = NO_LIMITS, maxAbs?: number): Resolution {
  const out = {
    ...createResolution(),
    action: 'skip',
    threshold: NaN,
    factor: NaN,
    clamp: NaN,
    normAfter: NaN,
    reason: 'left over',
  };
  resolveBound(bound, norm, maxAbs, limits, out as Resolution);
  return out as Resolution;
}

const identity = (norm: number, threshold: number): Resolution => ({
  ...createResolution(),
  threshold,
  normAfter: norm,
});

describe('what a bound does to a norm', () => {
  test.each<[bound: ClipBound, norm: number, after: number, factor: number]>([
    [5, 4, 4, 1],
    [5, 5, 5, 1], // equality is no hit
    [5, 20, 5, 0.25], // 5 / 20
    [Infinity, 1e300, 1e300, 1],
    [{ threshold: 5, target: 2 }, 5, 5, 1],
    [{ threshold: 5, target: 2 }, 8, 2, 0.25], // 2 / 8
    [{ threshold: 5, target: 6 }, 8, 6, 0.75], // 6 / 8: a target may lie above the threshold
    [{ threshold: 5, target: 16 }, 8, 8, 1], // a hit, and never raised
    [{ threshold: Infinity, target: 2 }, 8, 8, 1],
    [{ factor: 0.5 }, 8, 4, 0.5],
    [{ factor: 1 }, 8, 8, 1],
    [{ factor: 3 }, 8, 24, 3], // the only bound that may raise a norm
    [{ skip: 'spike' }, 8, 0, 1],
  ])('%j on %f leaves %f, by the factor %f', (bound, norm, after, factor) => {
    expect(resolve(bound, norm)).toMatchObject({ normAfter: after, factor });
    expect(normAfter(bound, norm)).toBe(after);
  });

  test('a clamp acts on the largest element, and the norm after it is not known', () => {
    expect(resolve({ clamp: 2 }, 8, NO_LIMITS, 2)).toEqual(identity(8, Infinity)); // 2 is not above 2
    expect(resolve({ clamp: 2 }, 8, NO_LIMITS, 3)).toMatchObject({
      action: 'clamp',
      clamp: 2,
      factor: 1,
      normAfter: NaN,
    });
    expect(normAfter({ clamp: 2 }, 8)).toBeNaN();
  });

  test('a skip has its reason', () => {
    expect(resolve({ skip: 'spike' }, 0)).toMatchObject({
      action: 'skip',
      reason: 'spike',
      normAfter: 0,
      threshold: Infinity,
    });
  });

  test('is a hit, and leaves a norm, as the table says', () => {
    fc.assert(
      fc.property(anyBound, finiteNorm, (bound, norm) => {
        const maxAbs = norm / 2;
        expect(isHit(bound, norm, maxAbs)).toBe(naive.isHit(bound, norm, maxAbs));
        expect(normAfter(bound, norm)).toBe(naive.normAfter(bound, norm));
      }),
      SEED,
    );
  });
});

describe('the identity', () => {
  test('a norm at or below its threshold is left alone, bit for bit', () => {
    fc.assert(
      fc.property(
        fc.oneof(boundOf.threshold, boundOf.target),
        finiteNorm,
        fc.constantFrom(0, 1e-6, 3),
        (bound, norm, epsilon) => {
          const threshold = typeof bound === 'number' ? bound : bound.threshold;
          const below = Math.min(norm, threshold);
          for (const n of [below, threshold < Infinity ? threshold : norm])
            expect(resolve(bound, n, { ...NO_LIMITS, epsilon })).toEqual(identity(n, threshold));
        },
      ),
      SEED,
    );
  });

  test('the next number above a threshold is a hit, whatever its magnitude', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 2 ** 20 }), (exponent, steps) => {
        const threshold = (1 + steps * 2 ** -52) * 2 ** exponent;
        const norm = (1 + (steps + 1) * 2 ** -52) * 2 ** exponent;
        expect(resolve(threshold, threshold)).toEqual(identity(threshold, threshold));
        const { action, factor } = resolve(threshold, norm);
        expect(action).toBe('scale');
        expect(factor).toBeLessThan(1);
      }),
      SEED,
    );
  });

  test('a zero norm is left alone by every bound but a skip, in every envelope', () => {
    fc.assert(
      fc.property(anyBound, positive, fc.constantFrom(0, 0.5), (bound, min, epsilon) => {
        const { action, factor, normAfter: after } = resolve(bound, 0, { epsilon, min, max: 2 * min }, 0);
        const skips = typeof bound === 'object' && 'skip' in bound;
        expect({ action, factor, after }).toEqual({ action: skips ? 'skip' : 'pass', factor: 1, after: 0 });
        expect(isHit(bound, 0, 0)).toBe(skips);
      }),
      SEED,
    );
  });

  test('an infinite threshold divides nothing', () => {
    expect(resolve(Infinity, Number.MAX_VALUE, { ...NO_LIMITS, epsilon: 1 })).toEqual(
      identity(Number.MAX_VALUE, Infinity),
    );
  });

  test('a zero norm is left alone by a clamp whatever its event says of the largest element', () => {
    expect(resolve({ clamp: 1 }, 0, NO_LIMITS, 2)).toEqual(identity(0, Infinity));
    expect(isHit({ clamp: 1 }, 0, 2)).toBe(false);
  });
});

describe('the factor of a hit', () => {
  test('lies in (0, 1], and leaves at most the threshold but for a few roundings', () => {
    const norms = fc.oneof(
      finiteNorm,
      fc.integer({ min: -200, max: 800 }).map((exponent) => 1.7 * 2 ** exponent),
    );
    fc.assert(
      fc.property(positive, norms, fc.constantFrom(0, 1e-6, 1), (threshold, norm, epsilon) => {
        fc.pre(norm < 1e270);
        const { factor, normAfter: after } = resolve(threshold, norm, { ...NO_LIMITS, epsilon });
        expect(factor).toBeGreaterThan(0);
        expect(factor).toBeLessThanOrEqual(1);
        expect(norm * factor).toBeLessThanOrEqual(threshold * (1 + ULPS));
        expect(Math.abs(after - norm * factor)).toBeLessThanOrEqual(after * ULPS);
      }),
      SEED,
    );
  });

  test('a target never raises a norm, wherever it lies', () => {
    fc.assert(
      fc.property(boundOf.target, finiteNorm, (bound, norm) => {
        const { factor, normAfter: after } = resolve(bound, norm);
        expect(after).toBeLessThanOrEqual(norm);
        expect(factor).toBeLessThanOrEqual(1);
        expect(factor).toBeGreaterThan(0);
      }),
      SEED,
    );
  });

  test('epsilon is added to the norm of a hit, and to nothing else', () => {
    const limits = { ...NO_LIMITS, epsilon: 2 };
    expect(resolve(5, 5, limits)).toEqual(identity(5, 5));
    expect(resolve(5, 8, limits)).toMatchObject({ factor: 0.5, normAfter: 4 }); // 5 / (8 + 2)
    expect(resolve({ threshold: 5, target: 1 }, 8, limits).factor).toBe(0.1); // 1 / (8 + 2)
    expect(resolve({ factor: 0.5 }, 8, limits)).toMatchObject({ factor: 0.5, normAfter: 4 });
    expect(resolve({ clamp: 5 }, 8, limits, 6).clamp).toBe(5);
  });

  test('is the same for norm and threshold times a power of two', () => {
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: -60, max: 60 }), (threshold, norm, exponent) => {
        const scale = 2 ** exponent;
        expect(resolve(threshold * scale, norm * scale).factor).toBe(resolve(threshold, norm).factor);
      }),
      SEED,
    );
  });

  test('says what it leaves where it underflows, and makes no zeros of a gradient', () => {
    // 1e-300 / 1e300 is below the smallest number, 5e-324; that one leaves 1e300 * 5e-324, about 5e-24.
    const { factor, normAfter: after } = resolve(1e-300, 1e300);
    expect(factor).toBe(Number.MIN_VALUE);
    expect(after).toBe(1e300 * Number.MIN_VALUE);
  });

  test('does not make an infinite gradient of a finite one', () => {
    const { factor, normAfter: after } = resolve({ factor: 1e20 }, 1e300);
    expect(1e300 * factor).toBeLessThan(Infinity);
    expect(after).toBeLessThan(Infinity);
  });
});

describe('the envelope', () => {
  const envelope: BoundLimits = { epsilon: 0, min: 2, max: 10 };

  test.each<[bound: ClipBound, norm: number, after: number]>([
    [Infinity, 40, 10], // Infinity becomes the maximum
    [1, 8, 2], // raised to the minimum
    [50, 40, 10],
    [{ threshold: 50, target: 1 }, 40, 2],
    [{ threshold: 1, target: 50 }, 40, 10],
    [{ factor: 4 }, 8, 10], // 32 is above the maximum
    [{ factor: 0.1 }, 8, 2], // 0.8 is below the minimum
    [{ factor: 0.1 }, 1.5, 1.5], // not below min(norm, 2)
    [{ factor: 1 }, 40, 10],
    [{ skip: 'spike' }, 40, 0],
  ])('from 2 to 10, %j on %f leaves %f', (bound, norm, after) => {
    expect(resolve(bound, norm, envelope).normAfter).toBe(after);
  });

  test('bounds thresholds, targets and the norm after a factor, as the table says', () => {
    const limits = fc.record({
      epsilon: fc.constantFrom(0, 1e-3),
      min: fc.oneof(fc.constant(0), positive),
      max: someThreshold,
    });
    fc.assert(
      fc.property(normBound, finiteNorm, limits, (bound, norm, { epsilon, min, max }) => {
        fc.pre(norm < 1e200);
        const inside = { epsilon, min: Math.min(min, max), max: Math.max(min, max) };
        const { factor, normAfter: after } = resolve(bound, norm, inside);
        const expected = naive.normAfterWithin(bound, norm, inside);
        expect(Math.abs(after - expected)).toBeLessThanOrEqual(expected * ULPS);
        if (after > 0) expect(Math.abs(norm * factor - after)).toBeLessThanOrEqual(after * ULPS);
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  test('lets clamps pass', () => {
    expect(resolve({ clamp: 1 }, 40, envelope, 30)).toMatchObject({ action: 'clamp', clamp: 1, factor: 1 });
  });

  test('is what decisions show', () => {
    const [low, high] = simulate(Infinity, [5, 40], { envelope: { max: 10 } });
    expect(low).toMatchObject({ action: 'pass', threshold: 10, normAfter: 5 });
    expect(high).toMatchObject({ action: 'scale', threshold: 10, factor: 0.25, normAfter: 10 }); // 10 / 40
  });
});
