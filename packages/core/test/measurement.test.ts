import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jointNorm, normOfNorms, rootOf } from '../src/measurement.ts';
import { SEED } from './support/arbitraries.ts';
import { normError } from './support/exact.ts';

const ORDERS = [1, 2, 3, 0.5] as const;
const somePower = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-30, max: 1e6, noNaN: true }),
  fc.integer({ min: -150, max: 150 }).map((exponent) => 1.3 * 2 ** exponent),
);
/** Powers of four, so that their square roots are exact too. */
const someScale = fc.integer({ min: -60, max: 60 }).map((exponent) => 4 ** exponent);
const someRows = fc.array(fc.tuple(somePower, someScale), { minLength: 1, maxLength: 40 });
const columns = (rows: [number, number][]) => ({
  power: Float64Array.from(rows, ([power]) => power),
  scale: Float64Array.from(rows, ([, scale]) => scale),
});

describe('the joint norm', () => {
  test.each(ORDERS)('of order %f is that of exact arithmetic', (order) => {
    fc.assert(
      fc.property(someRows, fc.boolean(), (rows, scaled) => {
        const { power, scale } = columns(rows);
        const norm = jointNorm(power, scaled ? scale : undefined, order);
        if (power.every((value) => value === 0)) expect(norm).toBe(0);
        else expect(normError(norm, power, scaled ? scale : undefined, order)).toBeLessThan(4e-15);
      }),
      { ...SEED, numRuns: 200 },
    );
  });

  test('of order Infinity is the largest, whatever the scales', () => {
    expect(jointNorm(Float64Array.of(2, 7, 0), undefined, Infinity)).toBe(7);
    expect(jointNorm(Float64Array.of(2, 7, 0), Float64Array.of(1, 0.25, 4), Infinity)).toBe(7);
    expect(jointNorm(new Float64Array(0), undefined, Infinity)).toBe(0);
  });

  test.each<[order: number, power: number[], scale: number[] | undefined, norm: number]>([
    [2, [9, 16], undefined, 5], // sqrt(9 + 16)
    [1, [3, 4], undefined, 7],
    [3, [27, 98], undefined, 5], // (27 + 98)^(1/3)
    [0.5, [1, 2], undefined, 9], // (1 + 2)^2
    [2, [9, 1], [1, 4], 5], // sqrt(9 + 1 * 4^2)
    [2, [9, 16], [2 ** 500, 2 ** 500], 5 * 2 ** 500], // whose squares no double holds
    [2, [9, 16], [2 ** -600, 2 ** -600], 5 * 2 ** -600],
    [2, [1, 1], [2 ** 1000, 2 ** -1000], 2 ** 1000],
    [2, [0, 16], [2 ** 1000, 2 ** -500], 4 * 2 ** -500], // a row of zeros does not set the scale
    [2, [0, 16], [1, 2 ** -600], 4 * 2 ** -600], // nor is it in the way where (1 / 2^-600)^2 is infinite
    [100, [1, 1], [2 ** 1000, 2 ** 1000], 2 ** 1000 * 2 ** 0.01],
    [2, [], undefined, 0],
    [2, [0, 0], [4, 8], 0],
  ])('of order %f, powers %j and scales %j is %f', (order, power, scale, norm) => {
    const joint = jointNorm(Float64Array.from(power), scale && Float64Array.from(scale), order);
    expect(Math.abs(joint - norm)).toBeLessThanOrEqual(norm * 4e-16);
  });

  test('counts only the rows it is told', () => {
    const power = Float64Array.of(100, 9, 100, 16);
    const rows = Int32Array.of(0, 1, 3, 2);
    expect(jointNorm(power, undefined, 2, rows, 1, 3)).toBe(5); // sqrt(9 + 16)
    expect(jointNorm(power, undefined, 2, undefined, 1, 2)).toBe(3);
    expect(jointNorm(power, undefined, 2, rows, 2, 2)).toBe(0);
    expect(jointNorm(power, undefined, Infinity, rows, 1, 3)).toBe(16);
  });

  test('of 100,000 rows loses nothing, in whatever order they come', () => {
    const power = Float64Array.from({ length: 100_000 }, (_, i) => (1 + (i % 97)) * 10 ** ((i % 13) - 6));
    const forwards = jointNorm(power, undefined, 2);
    expect(normError(forwards, power, undefined, 2)).toBeLessThan(3e-16);
    expect(jointNorm(power.slice().reverse(), undefined, 2)).toBe(forwards);
    expect(jointNorm(power.slice().sort(), undefined, 2)).toBe(forwards);
  });

  test('does not overflow where only the sum of the powers does', () => {
    const power = new Float64Array(4).fill(2 ** 1023);
    expect(jointNorm(power, undefined, 2)).toBe(Math.SQRT2 * 2 ** 512); // sqrt(4 * 2^1023)
    expect(jointNorm(power, new Float64Array(4).fill(2), 2)).toBe(Math.SQRT2 * 2 ** 513);
    expect(normError(jointNorm(power, undefined, 3), power, undefined, 3)).toBeLessThan(2e-14);
    expect(jointNorm(power, undefined, 1)).toBe(Infinity);
  });

  test('is Infinity where the norm exceeds every number, and NaN where a power is', () => {
    expect(jointNorm(Float64Array.of(1e308, 1e308), undefined, 1)).toBe(Infinity);
    expect(jointNorm(Float64Array.of(4), Float64Array.of(2 ** 1023), 2)).toBe(Infinity);
    expect(jointNorm(new Float64Array(2).fill(2 ** 1023), new Float64Array(2).fill(2 ** 1020), 2)).toBe(Infinity);
    expect(jointNorm(Float64Array.of(1, Infinity), undefined, 2)).toBe(Infinity);
    for (const order of [1, 2, 3, Infinity]) expect(jointNorm(Float64Array.of(1, NaN, 2), undefined, order)).toBeNaN();
  });

  test('changes by no more than 1e-14 when rows are split', () => {
    const parts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(somePower, parts), { minLength: 1, maxLength: 10 }),
        fc.constantFrom(...ORDERS),
        (rows, order) => {
          const whole = Float64Array.from(rows, ([power]) => power);
          const split = rows.flatMap(([power, weights]) => {
            const all = weights.reduce((sum, weight) => sum + weight, 0);
            return weights.map((weight) => (power * weight) / all);
          });
          const [before, after] = [
            jointNorm(whole, undefined, order),
            jointNorm(Float64Array.from(split), undefined, order),
          ];
          expect(Math.abs(before - after)).toBeLessThanOrEqual(before * 1e-14);
        },
      ),
      { ...SEED, numRuns: 300 },
    );
  });

  test('is the same in any unit that is a power of two', () => {
    fc.assert(
      fc.property(someRows, fc.integer({ min: -100, max: 100 }), (rows, exponent) => {
        const { power, scale } = columns(rows);
        const other = scale.map((value) => value * 2 ** exponent);
        expect(jointNorm(power, other, 2)).toBe(jointNorm(power, scale, 2) * 2 ** exponent);
      }),
      SEED,
    );
  });
});

describe('the norm of norms', () => {
  test.each<[order: number, norms: number[], expected: number]>([
    [2, [3, 4], 5],
    [1, [3, 4], 7],
    [0.5, [1, 4], 9], // (sqrt(1) + sqrt(4))^2
    [Infinity, [3, 4], 4],
    [2, [3e200, 4e200], 5e200],
    [2, [3e-200, 4e-200], 5e-200],
    [2, [3 * 2 ** -1074, 4 * 2 ** -1074], 5 * 2 ** -1074],
    [2, [], 0],
    [2, [0, 0], 0],
    [2, [1, Infinity], Infinity],
  ])('of order %f of %j is %f', (order, norms, expected) => {
    const norm = normOfNorms(Float64Array.from(norms), order);
    if (expected === Infinity) expect(norm).toBe(Infinity);
    else expect(Math.abs(norm - expected)).toBeLessThanOrEqual(expected * 4e-16);
  });

  test('is NaN where one is', () => {
    for (const order of [1, 2, Infinity]) expect(normOfNorms(Float64Array.of(1, NaN), order)).toBeNaN();
  });

  test('is the joint norm of their powers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-30, max: 1e6, noNaN: true }), { maxLength: 30 }),
        fc.constantFrom(1, 2, 3),
        (norms, order) => {
          const powers = Float64Array.from(norms, (norm) => norm ** order);
          const [one, other] = [normOfNorms(Float64Array.from(norms), order), jointNorm(powers, undefined, order)];
          expect(Math.abs(one - other)).toBeLessThanOrEqual(other * 1e-14);
        },
      ),
      SEED,
    );
  });
});

test('a root is the root', () => {
  expect([rootOf(9, 2), rootOf(9, 1), rootOf(9, Infinity), rootOf(3, 0.5)]).toEqual([3, 9, 9, 9]);
  expect(rootOf(0, 3)).toBe(0);
});
