import { createClipper } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { blockRms } from '../src/index.ts';
import type { BlockRmsOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, normsAfter } from './answers.ts';

test('worked numbers: the root mean square of 16 elements is the norm over 4', () => {
  // Norm 9: RMS 2.25, over 0.5 by a factor of 4.5, becomes 9 / 4.5 = 2.
  const bounds = answers(blockRms({ threshold: 0.5 }), eventsOf([9, 1.5], { size: 16 }));
  expect(bounds).toEqual([2, 2]);
  expect(normsAfter(bounds, [9, 1.5])).toEqual([2, 1.5]);
});

test('leaves what the formula leaves', () => {
  const [threshold, size] = [0.2, 50];
  const after = normsAfter(answers(blockRms({ threshold }), eventsOf(COURSE, { size })), COURSE);
  COURSE.forEach((norm, i) => {
    const rms = Math.sqrt((norm * norm) / size);
    expect(after[i]).toBeCloseTo(norm / Math.max(1, rms / threshold), 12);
  });
});

test("the default is Adafactor's", () => {
  expect(blockRms().options).toEqual({ threshold: 1 });
});

test('forecasts with the size of the last gradient', () => {
  const policy = blockRms({ threshold: 0.5 });
  const start = policy.init('w');
  expect(policy.forecast!(start, { step: 0, key: 'w' })).toBeUndefined();
  expect(policy.explain!(start)).toBe('no threshold: no gradient was seen');
  const [, state] = policy.decide(start, { step: 0, key: 'w', norm: 1, size: 9 });
  expect(policy.forecast!(state, { step: 1, key: 'w' })).toBe(1.5);
  expect(policy.explain!(state)).toBe('threshold 1.5 = 0.5 * sqrt(9 elements)');
});

test('runs per tensor, as published', () => {
  expect(createClipper(blockRms()).plan.scopeOf('dense/kernel')).toBe('tensor');
});

describe('refuses', () => {
  test.each([
    [{ threshold: 0 }, 'blockRms({ threshold }) must be a finite number > 0, got 0.'],
    [{ threshold: Infinity }, 'blockRms({ threshold }) must be a finite number > 0, got Infinity.'],
    [{ threshold: null }, 'blockRms({ threshold }) must be a finite number > 0, got null.'],
    [{ rms: 1 }, 'blockRms({ rms }) is not an option here. Known are threshold.'],
  ])('%o', (options, message) => {
    expect(() => blockRms(options as unknown as BlockRmsOptions)).toThrow(message);
  });
});
