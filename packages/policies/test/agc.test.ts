import { createClipper } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { agc } from '../src/index.ts';
import type { AgcOptions } from '../src/index.ts';
import { afters, expectNear, scene } from './published.ts';

const weights = (_: number, step: number) => ({ weightNorm: step % 40 === 0 ? 0 : 0.3 * (step % 13) });

test('clips each unit to a share of its weights, with a floor under them', () => {
  const policy = agc({ lambda: 0.5, eps: 0.1 });
  const answers = [4, 1, 0.05, 0].map(
    (weightNorm) => policy.decide(false, { step: 0, key: 'a#0', norm: 3, size: 1, weightNorm })[0],
  );
  expect(answers).toEqual([2, 0.5, 0.05, 0.05]);
});

test('as optax computes it: where(norm < limit, g, g * limit / max(norm, 1e-6))', () => {
  const expected = scene.map((norm, step) => {
    const limit = 0.01 * Math.max(weights(norm, step).weightNorm, 1e-3);
    return norm < limit ? norm : norm * (limit / Math.max(norm, 1e-6));
  });
  expectNear(afters(agc(), scene, weights), expected);
});

test('units whose weights are 0 can move', () => {
  expect(agc().decide(false, { step: 0, key: 'a#0', norm: 1, size: 1, weightNorm: 0 })[0]).toBe(1e-5);
});

test('excluded tensors are not clipped, by the beginning of their names', () => {
  const clipper = createClipper(agc({ lambda: 0.1, exclude: ['head/'] }));
  const step = clipper.decide({
    order: 2,
    names: ['body/kernel', 'head/kernel'],
    offsets: Int32Array.of(0, 2, 4),
    power: Float64Array.of(1, 4, 1, 4),
    size: Float64Array.of(3, 3, 3, 3),
    weightPower: Float64Array.of(25, 0, 25, 0),
    nonFinite: 0,
  });
  expect([...step.factors('body/kernel')]).toEqual([0.5, 5e-5]); // 0.1 * 5 of 1, and 0.1 * 1e-3 of 2
  expect([...step.factors('head/kernel')]).toEqual([1, 1]);
});

test('runs per unit, needs weights, has no forecast', () => {
  expect(agc()).toMatchObject({ scope: 'unit', needs: ['weightNorm'] });
  expect('forecast' in agc()).toBe(false);
});

test('options have their defaults filled in, and are a copy', () => {
  expect(agc().options).toEqual({ lambda: 0.01, eps: 1e-3, exclude: [] });
  const exclude = ['head/'];
  const policy = agc({ exclude });
  exclude.push('body/');
  expect(policy.options).toMatchObject({ exclude: ['head/'] });
});

test('explains itself', () => {
  expect(agc().explain!(false)).toBe("threshold = 0.01 * the norm of the unit's weights, at least 0.001");
  expect(agc().explain!(true)).toBe('excluded: never clipped');
});

describe('refuses', () => {
  test.each([
    [{ lambda: 0 }, 'agc({ lambda }) must be a finite number > 0, got 0.'],
    [{ lambda: Infinity }, 'agc({ lambda }) must be a finite number > 0, got Infinity.'],
    [{ eps: 0 }, 'agc({ eps }) must be a finite number > 0, got 0.'],
    [{ exclude: 'head' }, 'agc({ exclude }) must be a list of texts that are not empty, got "head".'],
    [{ exclude: [''] }, 'agc({ exclude }) must be a list of texts that are not empty, got an array of 1.'],
    [{ clipping: 1 }, 'agc({ clipping }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => agc(options as AgcOptions)).toThrow(message);
  });
});
