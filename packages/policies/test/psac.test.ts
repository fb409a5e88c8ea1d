import { simulate } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { psac } from '../src/index.ts';
import type { PsacOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose, normsAfter } from './answers.ts';

const factorOf = (norm: number, options: PsacOptions = {}) =>
  (answers(psac(options), eventsOf([norm]))[0] as { factor: number }).factor;

test('worked numbers', () => {
  expect(factorOf(1, { r: 1 })).toBe(1 / 1.5); // 1 + 1 / (1 + 1)
  expect(factorOf(3, { r: 1, maxNorm: 2 })).toBe(2 / 3.25); // 3 + 1 / (3 + 1)
  expectClose([factorOf(0.2)], [1.875]); // 0.2 + 0.1 / 0.3 = 8 / 15
});

test('is the formula written as one fraction, (n + r) / (n^2 + r n + r)', () => {
  const norms = COURSE.filter((norm) => norm > 0);
  expectClose(
    answers(psac({ r: 0.1, maxNorm: 3 }), eventsOf(norms)),
    norms.map((norm) => ({ factor: (3 * (norm + 0.1)) / (norm * norm + 0.1 * norm + 0.1) })),
  );
});

test('the weight is not monotonic: nearly 1 for tiny norms, largest at sqrt(r) - r', () => {
  const top = Math.sqrt(0.1) - 0.1;
  expect(factorOf(1e-9)).toBeCloseTo(1, 7);
  expect(factorOf(top)).toBeGreaterThan(factorOf(top * 0.9));
  expect(factorOf(top)).toBeGreaterThan(factorOf(top * 1.1));
  expect(factorOf(0.001)).toBeCloseTo(1.01, 2);
});

test('stays below maxNorm, and a factor at the ends of the numbers', () => {
  const after = normsAfter(answers(psac(), eventsOf(COURSE)), COURSE);
  expect(Math.max(...after)).toBeLessThan(1);
  const decisions = simulate(psac(), [0, 1e-300, 1e300, 1]);
  expectClose(
    decisions.map(({ normAfter }) => normAfter),
    [0, 1e-300, 1, 1.1 / 1.2],
  );
});

test('has its defaults, no forecast and words', () => {
  expect(psac().options).toEqual({ r: 0.1, maxNorm: 1 });
  expect('forecast' in psac()).toBe(false);
  expect(psac().explain!(null)).toBe('every norm n is multiplied by 1 / (n + 0.1 / (n + 0.1))');
});

describe('refuses', () => {
  test.each([
    [{ r: 0 }, 'psac({ r }) must be a finite number > 0, got 0.'],
    [{ r: NaN }, 'psac({ r }) must be a finite number > 0, got NaN.'],
    [{ maxNorm: 0 }, 'psac({ maxNorm }) must be a finite number > 0, got 0.'],
    [{ C: 1 }, 'psac({ C }) is not an option here. Known are r, maxNorm.'],
  ])('%o', (options, message) => {
    expect(() => psac(options as PsacOptions)).toThrow(message);
  });
});
