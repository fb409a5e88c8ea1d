import { createClipper } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { averageNorm } from '../src/index.ts';
import type { AverageNormOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, normsAfter } from './answers.ts';

test('worked numbers: the average norm is the norm over the number of elements', () => {
  // TensorFlow: g * clip_norm / max(norm / size, clip_norm). Norm 9 of 4 elements: average 2.25, above 0.5, becomes 0.5 * 4 = 2.
  const policy = averageNorm({ clipNorm: 0.5 });
  expect(answers(policy, eventsOf([9, 1.5], { size: 4 }))).toEqual([2, 2]);
  expect(answers(policy, eventsOf([9, 1.5], { size: 100 }))).toEqual([50, 50]);
});

test('leaves what the formula leaves', () => {
  const [clipNorm, size] = [0.02, 64];
  const after = normsAfter(answers(averageNorm({ clipNorm }), eventsOf(COURSE, { size })), COURSE);
  COURSE.forEach((norm, i) => expect(after[i]).toBeCloseTo((norm * clipNorm) / Math.max(norm / size, clipNorm), 12));
});

test('forecasts with the size of the last gradient', () => {
  const policy = averageNorm({ clipNorm: 0.5 });
  const start = policy.init('w');
  expect(policy.forecast!(start, { step: 0, key: 'w' })).toBeUndefined();
  expect(policy.explain!(start)).toBe('no threshold: no gradient was seen');
  const [, state] = policy.decide(start, { step: 0, key: 'w', norm: 1, size: 6 });
  expect(policy.forecast!(state, { step: 1, key: 'w' })).toBe(3);
  expect(policy.explain!(state)).toBe('threshold 3 = 0.5 * 6 elements');
});

test('runs per tensor, as published', () => {
  expect(averageNorm({ clipNorm: 1 }).scope).toBe('tensor');
  expect(createClipper(averageNorm({ clipNorm: 1 })).plan.scopeOf('dense/kernel')).toBe('tensor');
});

describe('refuses', () => {
  test.each([
    [{}, 'averageNorm({ clipNorm }) must be a finite number > 0, got undefined.'],
    [{ clipNorm: 0 }, 'averageNorm({ clipNorm }) must be a finite number > 0, got 0.'],
    [{ clipNorm: Infinity }, 'averageNorm({ clipNorm }) must be a finite number > 0, got Infinity.'],
    [{ clipNorm: '1' }, 'averageNorm({ clipNorm }) must be a finite number > 0, got "1".'],
    [{ clip_norm: 1 }, 'averageNorm({ clip_norm }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => averageNorm(options as unknown as AverageNormOptions)).toThrow(message);
  });
});
