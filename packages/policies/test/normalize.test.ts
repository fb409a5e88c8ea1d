import { simulate } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { normalize } from '../src/index.ts';
import type { NormalizeOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose, normsAfter } from './answers.ts';

test('worked numbers', () => {
  // 2 / 0.5, 2 / 8; with epsilon: 1 / (1 + 1), 1 / (3 + 1)
  expect(answers(normalize({ target: 2 }), eventsOf([0.5, 8]))).toEqual([{ factor: 4 }, { factor: 0.25 }]);
  expect(answers(normalize({ epsilon: 1 }), eventsOf([1, 3]))).toEqual([{ factor: 0.5 }, { factor: 0.25 }]);
});

test('gives every gradient but a zero one the same norm', () => {
  const after = normsAfter(answers(normalize({ target: 3 }), eventsOf(COURSE)), COURSE);
  expectClose(
    after,
    COURSE.map((norm) => (norm === 0 ? 0 : 3)),
  );
});

test('with epsilon, small norms stay small', () => {
  const norms = [1e-3, 1, 1e3];
  const after = normsAfter(answers(normalize({ epsilon: 1 }), eventsOf(norms)), norms);
  expectClose(after, [1e-3 / 1.001, 0.5, 1e3 / 1001]); // n / (n + 1)
});

test('stays a factor at the ends of the numbers', () => {
  expect(answers(normalize(), eventsOf([0, 5e-324]))).toEqual([Infinity, { factor: Number.MAX_VALUE }]);
  expect(answers(normalize({ target: 1e-300 }), eventsOf([1e300]))).toEqual([{ factor: 5e-324 }]);
  const decisions = simulate(normalize(), [0, 1e-300, 1e300, 1]);
  expectClose(
    decisions.map(({ normAfter }) => normAfter),
    [0, 1, 1, 1],
  );
  expect(decisions.every(({ reason }) => reason === undefined)).toBe(true);
});

test('has its defaults, no forecast and words', () => {
  expect(normalize().options).toEqual({ target: 1, epsilon: 0 });
  expect('forecast' in normalize()).toBe(false);
  expect(normalize({ epsilon: 0.1 }).explain!(null)).toBe('every norm n is multiplied by 1 / (n + 0.1)');
});

describe('refuses', () => {
  test.each([
    [{ target: 0 }, 'normalize({ target }) must be a finite number > 0, got 0.'],
    [{ target: Infinity }, 'normalize({ target }) must be a finite number > 0, got Infinity.'],
    [{ epsilon: -1 }, 'normalize({ epsilon }) must be a finite number >= 0, got -1.'],
    [{ epsilon: NaN }, 'normalize({ epsilon }) must be a finite number >= 0, got NaN.'],
    [{ eps: 1 }, 'normalize({ eps }) is not an option here. Known are target, epsilon.'],
  ])('%o', (options, message) => {
    expect(() => normalize(options as NormalizeOptions)).toThrow(message);
  });
});
