import { memory, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { AdamW } from '../src/adamW.ts';
import { startBackend } from '../src/backend.ts';
import { learningRate } from '../src/schedule.ts';
import { createVariable } from '../src/variables.ts';

beforeAll(startBackend);

test('the rate rises over the first tenth, and falls to almost 0 as half a cosine', () => {
  const rates = Array.from({ length: 100 }, (_, step) => learningRate(step, 100));
  expect(rates[0]).toBeCloseTo(0.001, 6);
  expect(rates[9]).toBeCloseTo(0.01, 6);
  expect(rates[10]).toBeCloseTo(0.01, 6);
  expect(rates[55]).toBeCloseTo(0.005, 6); // the middle of 10 to 100
  expect(rates[99]).toBeLessThan(4e-6);
  expect(rates[99]).toBeGreaterThan(0);
});

test('runs of a few steps have a rate, too', () => {
  for (const steps of [1, 2, 3])
    for (let step = 0; step < steps; step++) expect(learningRate(step, steps)).toBeGreaterThan(0);
});

test('two steps by hand', () => {
  const before = memory().numTensors;
  const weights = createVariable('weights', [2], (i) => [1, -2][i]!);
  const bias = createVariable('bias', [1], () => 1);
  const optimizer = new AdamW(0.5, [weights]);
  const step = (w: number[], b: number[], rate: number): void => {
    tidy(() => optimizer.step({ weights: tensor1d(w), bias: tensor1d(b) }, rate));
  };

  // Decay: 1 - 0.1 * 0.5 = 0.95. The first step of Adam is rate * sign(gradient).
  step([4, -1], [3], 0.1);
  expect(weights.dataSync()[0]).toBeCloseTo(0.95 - 0.1, 5);
  expect(weights.dataSync()[1]).toBeCloseTo(-1.9 + 0.1, 5);
  expect(bias.dataSync()[0]).toBeCloseTo(0.9, 5); // does not decay

  // Of the first weight: m = 0.9 * 0.4 + 0.1 * 2 = 0.56, by 1 - 0.81 is 2.947368; v = 0.999 * 0.016 + 0.001 * 4 = 0.019984,
  // by 1 - 0.998001 is 9.996998, its root 3.161803; 2.947368 / 3.161803 = 0.932180. Decay: 1 - 0.2 * 0.5 = 0.9.
  step([2, -1], [3], 0.2);
  expect(weights.dataSync()[0]).toBeCloseTo(0.9 * 0.85 - 0.2 * 0.93218, 4);
  expect(weights.dataSync()[1]).toBeCloseTo(0.9 * -1.8 + 0.2, 4);
  expect(bias.dataSync()[0]).toBeCloseTo(0.7, 4);

  optimizer.dispose();
  weights.dispose();
  bias.dispose();
  expect(memory().numTensors).toBe(before);
});
