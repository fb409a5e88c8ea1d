import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { logRatio } from '../src/auto/logRatio.ts';
import { Scatter } from '../src/auto/scatter.ts';
import { SEED } from './support.ts';

const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true });
const ordinary = fc.double({ min: 2 ** -400, max: 2 ** 400, noNaN: true });

test('is the natural logarithm of the ratio', () => {
  expect(logRatio(1, 1)).toBe(0);
  expect(logRatio(2, 1)).toBe(Math.LN2);
  expect(logRatio(1, 1024)).toBe(-10 * Math.LN2);
  expect(logRatio(Math.E, 1)).toBeCloseTo(1, 15);
  fc.assert(
    fc.property(ordinary, ordinary, (a, b) => {
      const expected = Math.log(a) - Math.log(b);
      expect(Math.abs(logRatio(a, b) - expected)).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)));
    }),
    SEED,
  );
});

test('is exact to 1e-15 for ratios near 1, where a difference of logarithms is not', () => {
  for (const small of [1e-3, 1e-6, 1e-9]) {
    const [a, b] = [1e100 * (1 + small), 1e100];
    const expected = Math.log1p((a - b) / b);
    expect(Math.abs(logRatio(a, b) - expected)).toBeLessThan(4e-16);
    expect(Math.abs(logRatio(b, a) + expected)).toBeLessThan(4e-16);
  }
});

test('a power of two on both sides changes no bit of it', () => {
  fc.assert(
    fc.property(ordinary, ordinary, fc.integer({ min: -500, max: 500 }), (a, b, power) => {
      expect(logRatio(a * 2 ** power, b * 2 ** power)).toBe(logRatio(a, b));
    }),
    SEED,
  );
});

test('is finite for all positive doubles', () => {
  expect(logRatio(Number.MAX_VALUE, Number.MIN_VALUE)).toBeCloseTo(2098 * Math.LN2, 9);
  expect(logRatio(Number.MIN_VALUE, Number.MAX_VALUE)).toBeCloseTo(-2098 * Math.LN2, 9);
  expect(logRatio(3 * Number.MIN_VALUE, Number.MIN_VALUE)).toBeCloseTo(Math.log(3), 15);
  fc.assert(
    fc.property(positive, positive, (a, b) => Number.isFinite(logRatio(a, b))),
    SEED,
  );
});

test('has these bits on every engine', () => {
  const numbers = Array.from({ length: 200 }, (_, i) => 1 + ((i * i * 7919) % 10_007) / 1000);
  const view = new DataView(new ArrayBuffer(8));
  let hash = 0;
  for (const a of numbers) {
    view.setFloat64(0, logRatio(a, 1.7));
    hash = Math.imul(hash ^ view.getInt32(0), 0x01000193) ^ view.getInt32(4);
  }
  expect(hash).toBe(368_738_782);
});

test('scatter is the mean of the last steps, of eight at least, and no rounding gathers in it', () => {
  const scatter = new Scatter(10);
  expect(scatter.mean).toBe(0);
  scatter.record(1);
  expect(scatter.mean).toBe(0);
  scatter.record(Math.E);
  scatter.record(1 / Math.E); // steps 1, 2
  expect(scatter.mean).toBeCloseTo(3 / 8, 8);
  for (let i = 0; i < 6; i++) scatter.record(Math.E ** ((i % 2) - 1)); // steps 0, 1, 1, 1, 1, 1
  expect(scatter.mean).toBeCloseTo(1, 8);
  for (let i = 0; i < 1e5; i++) scatter.record(1 + (i % 7) * 1e200);
  for (let i = 0; i < 11; i++) scatter.record(5);
  expect(scatter.mean).toBe(0);
});

test('a ratio beyond 1,000 counts as 1,000', () => {
  const scatter = new Scatter(8);
  for (let i = 0; i < 9; i++) scatter.record(i % 2 ? 1e-300 : 1e300);
  expect(scatter.mean).toBeCloseTo(Math.log(1000), 8);
});
