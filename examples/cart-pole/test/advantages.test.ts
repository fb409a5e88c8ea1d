import { expect, test } from 'vitest';
import { advantagesOf, discountedReturns } from '../src/advantages.ts';

test('a later reward counts less', () => {
  // 1; 1 + 0.5 * 1; 1 + 0.5 * 1.5
  expect([...discountedReturns(3, 0.5)]).toEqual([1.75, 1.5, 1]);
  expect([...discountedReturns(3, 1)]).toEqual([3, 2, 1]);
  expect([...discountedReturns(2, 0)]).toEqual([1, 1]);
  expect([...discountedReturns(0, 0.9)]).toEqual([]);
});

test('over all moves of all games the mean is 0 and the variance 1', () => {
  // Returns 3, 2, 1 and 2, 1: mean 1.8, variance (1.44 + 0.04 + 0.64 + 0.04 + 0.64) / 5 = 0.56
  const [first, second] = advantagesOf([3, 2], 1);
  const by = Math.sqrt(0.56);
  [1.2, 0.2, -0.8].forEach((value, t) => expect(first![t]).toBeCloseTo(value / by, 6));
  [0.2, -0.8].forEach((value, t) => expect(second![t]).toBeCloseTo(value / by, 6));
});

test('nothing is better than usual where all moves earned the same', () => {
  expect(advantagesOf([1, 1], 0.9).map((values) => [...values])).toEqual([[0], [0]]);
});
