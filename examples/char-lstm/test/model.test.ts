import { memory, tensor3d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../src/backend.ts';
import { createModel, crossEntropy } from '../src/model.ts';
import { method } from '../src/method.ts';

beforeAll(startBackend);

function weightsOf(seed: number): number[] {
  const model = createModel(seed);
  const weights = model.getWeights().flatMap((tensor) => [...tensor.dataSync()]);
  model.dispose();
  return weights;
}

test('the seed draws the weights', () => {
  expect(weightsOf(1)).toEqual(weightsOf(1));
  expect(weightsOf(1)).not.toEqual(weightsOf(2));
});

test('the method says how many weights there are', () => {
  expect(JSON.stringify(method)).toContain(`${weightsOf(1).length.toLocaleString('en-US')} weights`);
});

test('the loss is the mean over all letters, also where a probability is very small', () => {
  const before = memory().numTensors;
  const targets = tensor3d([1, 0, 0, 1], [1, 2, 2]);
  const logits = tensor3d([0, 0, 100, 0], [1, 2, 2]);
  const loss = crossEntropy(targets, logits);
  expect(loss.dataSync()[0]).toBeCloseTo((Math.LN2 + 100) / 2, 4);
  for (const tensor of [targets, logits, loss]) tensor.dispose();
  expect(memory().numTensors).toBe(before);
});
