import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { root } from '../src/structures/root.ts';
import { slidingMoments } from '../src/structures/slidingMoments.ts';
import { expectClose } from './answers.ts';
import { SEED } from './support.ts';

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 80, size: 'max' });

function momentsOf(window: number, all: readonly number[]) {
  const moments = slidingMoments(window);
  const state = moments.init();
  return all.map((number) => {
    moments.record(state, number);
    return moments.value(state);
  });
}

test('mean and spread are those of the last numbers', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 20 }), (all, window) => {
      momentsOf(window, all).forEach(({ count, mean, spread }, i) => {
        const last = all.slice(Math.max(0, i + 1 - window), i + 1);
        const wanted = last.reduce((sum, number) => sum + number, 0) / last.length;
        const squares = last.reduce((sum, number) => sum + (number - wanted) ** 2, 0);
        expect(count).toBe(last.length);
        expect(Math.abs(mean - wanted)).toBeLessThan(1e-10);
        expect(Math.abs(spread - Math.sqrt(squares))).toBeLessThan(1e-9);
      });
    }),
    SEED,
  );
});

test('equal numbers have a spread of exactly 0', () => {
  for (const { mean, spread } of momentsOf(7, Array<number>(40).fill(0.1))) expect([mean, spread]).toEqual([0.1, 0]);
});

test('a huge number leaves no trace, to the bit', () => {
  const all = Array.from({ length: 60 }, (_, i) => 1 + (i % 7) / 8);
  expect(momentsOf(9, all.with(20, 1e300)).slice(29)).toEqual(momentsOf(9, all).slice(29));
});

test('numbers whose squares leave the range of numbers', () => {
  const all = [1, 4, 2, 9, 3, 8, 8, 5, 1, 7, 4];
  const scaled = (scale: number) =>
    momentsOf(
      5,
      all.map((number) => number * scale),
    );
  for (const power of [-1000, 1000])
    scaled(2 ** power).forEach(({ mean, spread }, i) => {
      const wanted = scaled(1)[i]!;
      expectClose([mean / 2 ** power, spread / 2 ** power], [wanted.mean, wanted.spread]);
    });
});

test('root', () => {
  expect([root(3, 4), root(0, 0), root(0, 2), root(Infinity, 1), root(Infinity, Infinity)]).toEqual([
    5,
    0,
    2,
    Infinity,
    Infinity,
  ]);
  expectClose([root(3e300, 4e300), root(3e-300, 4e-300)], [5e300, 5e-300]);
});
