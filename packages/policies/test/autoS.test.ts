import { simulate } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { autoS } from '../src/index.ts';
import type { AutoSOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose, normsAfter } from './answers.ts';

test('worked numbers', () => {
  // 1 / (1 + 1), 1 / (3 + 1); R = 3: 3 / (0.5 + 0.25)
  expect(answers(autoS({ gamma: 1 }), eventsOf([1, 3]))).toEqual([{ factor: 0.5 }, { factor: 0.25 }]);
  expect(answers(autoS({ gamma: 0.25, maxNorm: 3 }), eventsOf([0.5]))).toEqual([{ factor: 4 }]);
});

test('is the formula, keeps the order of the norms and stays below maxNorm', () => {
  const norms = COURSE.filter((norm) => norm > 0);
  const bounds = answers(autoS({ maxNorm: 2 }), eventsOf(norms));
  expectClose(
    bounds,
    norms.map((norm) => ({ factor: 2 / (norm + 0.01) })),
  );
  const ascending = norms.toSorted((a, b) => a - b);
  const after = normsAfter(answers(autoS({ maxNorm: 2 }), eventsOf(ascending)), ascending);
  expect(after).toEqual(after.toSorted((a, b) => a - b));
  expect(Math.max(...after)).toBeLessThan(2);
});

test('gamma 0 is AUTO-V: all gradients have the same norm', () => {
  const after = normsAfter(answers(autoS({ gamma: 0 }), eventsOf(COURSE)), COURSE);
  expectClose(
    after,
    COURSE.map((norm) => (norm === 0 ? 0 : 1)),
  );
});

test('stays a factor at the ends of the numbers', () => {
  const decisions = simulate(autoS(), [0, 1e-300, 1e300, 1]);
  expectClose(
    decisions.map(({ normAfter }) => normAfter),
    [0, 1e-298, 1, 1 / 1.01], // 1e-300 * (1 / 0.01)
  );
  expect(answers(autoS({ gamma: 0 }), eventsOf([5e-324]))).toEqual([{ factor: Number.MAX_VALUE }]);
});

test('has the defaults of fastDP, no forecast and words', () => {
  expect(autoS().options).toEqual({ gamma: 0.01, maxNorm: 1 });
  expect('forecast' in autoS()).toBe(false);
  expect(autoS().explain!(null)).toBe('every norm n is multiplied by 1 / (n + 0.01)');
});

describe('refuses', () => {
  test.each([
    [{ gamma: -0.1 }, 'autoS({ gamma }) must be a finite number >= 0, got -0.1.'],
    [{ gamma: Infinity }, 'autoS({ gamma }) must be a finite number >= 0, got Infinity.'],
    [{ maxNorm: 0 }, 'autoS({ maxNorm }) must be a finite number > 0, got 0.'],
    [{ maxNorm: null }, 'autoS({ maxNorm }) must be a finite number > 0, got null.'],
    [{ R: 1 }, 'autoS({ R }) is not an option here. Known are gamma, maxNorm.'],
  ])('%o', (options, message) => {
    expect(() => autoS(options as unknown as AutoSOptions)).toThrow(message);
  });
});
