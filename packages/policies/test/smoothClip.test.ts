import { simulate } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { smoothClip } from '../src/index.ts';
import type { SmoothClipOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose } from './answers.ts';

const factorsOf = (options: SmoothClipOptions, norms: readonly number[]) =>
  answers(smoothClip(options), eventsOf(norms)).map((bound) => (bound as { factor: number }).factor);

test('worked numbers', () => {
  // 2 / (2 + 0), 2 / (2 + 2), 2 / (2 + 6)
  expect(factorsOf({ tau: 2 }, [0, 2, 6])).toEqual([1, 0.5, 0.25]);
});

test('is the formula, and lies between half of what clipping leaves and all of it', () => {
  const tau = 1.3;
  const factors = factorsOf({ tau }, COURSE);
  expectClose(
    factors,
    COURSE.map((norm) => tau / (tau + norm)),
  );
  COURSE.forEach((norm, i) => {
    const clipped = Math.min(1, tau / norm);
    expect(factors[i]).toBeGreaterThanOrEqual(clipped / 2 - 1e-15);
    expect(factors[i]).toBeLessThanOrEqual(clipped);
  });
});

test('stays below tau at the ends of the numbers', () => {
  const decisions = simulate(smoothClip(), [0, 1e-300, 1e300, Number.MAX_VALUE, 1]);
  expectClose(
    decisions.map(({ normAfter }) => normAfter),
    [0, 1e-300, 1, 1, 0.5],
  );
  expect(factorsOf({ tau: 5e-324 }, [1e300])).toEqual([5e-324]);
  expect(factorsOf({ tau: 1e308 }, [1e308])).toEqual([0.5]);
});

test('has its defaults, no forecast and words', () => {
  expect(smoothClip().options).toEqual({ tau: 1 });
  expect('forecast' in smoothClip()).toBe(false);
  expect(smoothClip().explain!(null)).toBe('every norm n is multiplied by 1 / (1 + n / 1)');
});

describe('refuses', () => {
  test.each([
    [{ tau: 0 }, 'smoothClip({ tau }) must be a finite number > 0, got 0.'],
    [{ tau: Infinity }, 'smoothClip({ tau }) must be a finite number > 0, got Infinity.'],
    [{ tau: '1' }, 'smoothClip({ tau }) must be a finite number > 0, got "1".'],
    [{ threshold: 1 }, 'smoothClip({ threshold }) is not an option here. Known are tau.'],
  ])('%o', (options, message) => {
    expect(() => smoothClip(options as SmoothClipOptions)).toThrow(message);
  });
});
