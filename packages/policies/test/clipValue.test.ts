import { createClipper } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { clipValue } from '../src/index.ts';
import type { ClipValueOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf } from './answers.ts';

test('answers the same clamp, whatever the norm, and forecasts it', () => {
  const policy = clipValue({ value: 0.5 });
  for (const bound of answers(policy, eventsOf(COURSE, { maxAbs: 8 }))) expect(bound).toEqual({ clamp: 0.5 });
  expect(policy.forecast!(null, { step: 7, key: 'w' })).toEqual({ clamp: 0.5 });
  expect(policy.needs).toEqual(['maxAbs']);
  expect(policy.explain!(null)).toBe('every element clamped to [-0.5, 0.5]');
});

test('clamps where an element is larger, and only there', () => {
  const clipper = createClipper(clipValue({ value: 0.5 }));
  // Two elements: 3 and 4, then 0.3 and 0.4.
  const measurement = (maxAbs: number, power: number) => ({
    order: 2,
    names: ['w'],
    size: Float64Array.of(2),
    power: Float64Array.of(power),
    maxAbs: Float64Array.of(maxAbs),
    nonFinite: 0,
  });
  const clamped = clipper.decide(measurement(4, 25));
  expect(clamped.action).toBe('clamp');
  expect([...clamped.clamps('w')]).toEqual([0.5]);
  const untouched = clipper.decide(measurement(0.4, 0.25));
  expect(untouched.action).toBe('pass');
});

describe('refuses', () => {
  test.each([
    [{}, 'clipValue({ value }) must be a finite number > 0, got undefined.'],
    [{ value: 0 }, 'clipValue({ value }) must be a finite number > 0, got 0.'],
    [{ value: -1 }, 'clipValue({ value }) must be a finite number > 0, got -1.'],
    [{ value: Infinity }, 'clipValue({ value }) must be a finite number > 0, got Infinity.'],
    [{ clipvalue: 1 }, 'clipValue({ clipvalue }) is not an option here. Known are value.'],
  ])('%o', (options, message) => {
    expect(() => clipValue(options as unknown as ClipValueOptions)).toThrow(message);
  });
});
