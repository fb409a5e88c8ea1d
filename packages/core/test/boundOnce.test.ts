import { createClipper, decideOnce } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEED } from './support/arbitraries.ts';
import { codeOf } from './support/errors.ts';
import { measured } from './support/measured.ts';

const tensors = (power: number[], more: Partial<Measurement> = {}): Measurement => ({
  order: 2,
  names: power.map((_, i) => String(i)),
  power: Float64Array.from(power),
  size: Float64Array.from(power, () => 3),
  nonFinite: 0,
  ...more,
});

describe('one decision of a fixed threshold', () => {
  test('by hand', () => {
    const decision = decideOnce(2, tensors([9, 16])); // sqrt(9 + 16) = 5
    expect(decision).toMatchObject({
      step: 0,
      action: 'scale',
      proceed: true,
      applied: true,
      norm: 5,
      normAfter: 2,
      threshold: 2,
      factor: 0.4,
    });
    expect([...decision.factors('1')]).toEqual([0.4]);
    expect([...decision.clamps('0')]).toEqual([Infinity]);
    expect(decision.decisions).toEqual([
      {
        step: 0,
        key: 'global',
        norm: 5,
        threshold: 2,
        action: 'scale',
        factor: 0.4,
        normAfter: 2,
        policy: 'fixed',
        clock: 'exact',
        basedOn: 0,
      },
    ]);
    expect(codeOf(() => decision.factors('2'))).toBe('UNKNOWN_TENSOR');
  });

  test('leaves alone what is at the threshold or below, a zero gradient, and everything under Infinity', () => {
    for (const [threshold, power] of [
      [5, [9, 16]],
      [6, [9, 16]],
      [1, [0, 0]],
      [Infinity, [1e300]],
    ] as const)
      expect(decideOnce(threshold, tensors([...power]))).toMatchObject({ action: 'pass', factor: 1, proceed: true });
  });

  test('skips a bad gradient, and says where it is bad', () => {
    const firstBad = { name: '1', index: 2, value: NaN };
    const decision = decideOnce(2, tensors([9, 16], { nonFinite: 1, firstBad }));
    expect(decision).toMatchObject({ action: 'skip', proceed: false, norm: NaN, normAfter: 0, factor: 1 });
    expect(decision.reason).toContain('1[2] = NaN');
    expect(decideOnce(2, tensors([Infinity]))).toMatchObject({ action: 'skip', proceed: false, norm: NaN });
  });

  test('takes the loss scale out of the norm', () => {
    expect(decideOnce(2, tensors([64], { lossScale: 2 }))).toMatchObject({ norm: 4, factor: 0.5, normAfter: 2 }); // sqrt(64) / 2
  });

  test.each([0, -2, NaN, Infinity, '2' as never])('refuses a loss scale of %j, as the clipper does', (lossScale) => {
    expect(codeOf(() => createClipper(2).decide(tensors([64], { lossScale })))).toBe('INVALID_MEASUREMENT');
    expect(codeOf(() => decideOnce(2, tensors([64], { lossScale })))).toBe('INVALID_MEASUREMENT');
  });

  test.each([0, -1, NaN, '1', null])('refuses a threshold of %j', (threshold) => {
    expect(codeOf(() => decideOnce(threshold as never, tensors([9])))).toBe('INVALID_OPTION');
  });

  test('of nothing passes, with norm 0', () => {
    for (const empty of [tensors([]), tensors([0, 0], { size: new Float64Array(2) })])
      expect(decideOnce(2, empty)).toMatchObject({ action: 'pass', proceed: true, norm: 0, normAfter: 0 });
  });

  test('is the first decision of a clipper', () => {
    const power = fc.oneof(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.constantFrom(0, 4, 1e300, Infinity));
    const rows = fc.array(power, { minLength: 1, maxLength: 5 });
    const scale = fc.option(fc.integer({ min: -300, max: 300 }).map((exponent) => 2 ** exponent));
    const threshold = fc.oneof(fc.constantFrom(1, Infinity), fc.double({ min: 1e-3, max: 1e3, noNaN: true }));
    fc.assert(
      fc.property(
        rows,
        scale,
        threshold,
        fc.constantFrom(undefined, 1, 1024),
        fc.constantFrom(0, 0, 3),
        (list, unit, limit, lossScale, nonFinite) => {
          const m = tensors(list, {
            nonFinite,
            ...(unit !== null && { scale: new Float64Array(list.length).fill(unit) }),
            ...(lossScale !== undefined && { lossScale }),
          });
          const clipper = createClipper(limit);
          clipper.alerts$.subscribe();
          const [whole, once] = [clipper.decide(m), decideOnce(limit, m)];
          const read = ({
            step,
            action,
            proceed,
            applied,
            norm,
            normAfter,
            threshold: t,
            factor,
            reason,
            decisions,
          }: typeof once): unknown => [
            { step, action, proceed, applied, norm, normAfter, threshold: t, factor, decisions },
            reason === undefined,
          ];
          expect(read(once)).toEqual(read(whole));
          expect(once.factors('0')).toEqual(whole.factors('0'));
          expect(once.clamps('0')).toEqual(whole.clamps('0'));
        },
      ),
      { ...SEED, numRuns: 300 },
    );
  });

  test('does not depend on the order', () => {
    expect(decideOnce(2, measured(8))).toMatchObject({ norm: 8, factor: 0.25 });
    const largest = tensors([3, 8], { order: Infinity });
    expect(decideOnce(2, largest)).toMatchObject({ norm: 8, factor: 0.25 });
  });
});
