import { array, assert, constantFrom, double, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactNorm } from '../../src/testing/oracle.ts';

describe('the exact norm', () => {
  test.each([
    [[], 2, 0],
    [[0, -0], 1, 0],
    [[3, -4], 2, 5],
    [[2, 3, 6], 2, 7],
    [[1, -2, 3], 1, 6],
    [[3, 4, 5], 3, 6],
    [[1, -9, 3], Infinity, 9],
    [[5e-324], 2, 5e-324],
    [[3e-200, 4e-200], 2, 5e-200],
    [[3e300, -4e300], 2, 5e300],
    [[Number.MAX_VALUE], 3, Number.MAX_VALUE],
  ])('of %j in order %d is %d', (values, order, norm) => {
    expect(exactNorm(values, order)).toBeCloseTo(norm, 12);
    expect(Math.abs(exactNorm(values, order) - norm)).toBeLessThanOrEqual(norm * 2 ** -52);
  });

  test('is what a float64 sum says, where that is good enough', () => {
    const one = double({ min: -1e6, max: 1e6, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-90);
    const values = array(one, { maxLength: 40 });
    assert(
      property(values, constantFrom(1, 2, 3), (list, order) => {
        const norm = list.reduce((sum, value) => sum + Math.abs(value) ** order, 0) ** (1 / order);
        expect(Math.abs(exactNorm(list, order) - norm)).toBeLessThanOrEqual(norm * 1e-13);
      }),
      { seed: 1 },
    );
  });

  test('scales with powers of two, to the bit', () => {
    const values = array(double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 20 });
    assert(
      property(values, constantFrom(1, 2, 3, Infinity), integer({ min: -900, max: 900 }), (list, order, k) => {
        const scaled = list.map((value) => value * 2 ** k);
        expect(exactNorm(scaled, order)).toBe(exactNorm(list, order) * 2 ** k);
      }),
      { seed: 1 },
    );
  });
});
