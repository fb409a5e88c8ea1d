import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { attachClipper, clipOptimizer } from '@gradclip/adapters/tfjs';
import { backend } from './backend.ts';
import { setNoise } from './support/models.ts';
import { noise, read } from './support/values.ts';

const LENGTH = 60;
// A step of this network takes WebGPU 15 seconds where there is no graphics card, clipped or not.
const isSlow = backend === 'webgpu';
const TIME = { timeout: isSlow ? 180_000 : 60_000 };

/** Its gradient grows with each of the 60 steps back through time. */
function explodingModel(optimizer: tf.Optimizer): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.simpleRNN({
        units: 16,
        activation: 'relu',
        inputShape: [LENGTH, 3],
        // Is replaced; the default one is computed slowly.
        recurrentInitializer: 'zeros',
      }),
      tfl.layers.dense({ units: 1 }),
    ],
  });
  setNoise(model, 0.9);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

async function train(model: tfl.Sequential, steps: number): Promise<number[]> {
  const x = noise(7, [8, LENGTH, 3]);
  const y = tf.mul(tf.mean(tf.slice(x, [0, 0, 0], [-1, -1, 1]), 1), 5);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await model.trainOnBatch(x, y)) as number);
  return losses;
}

it('without clipping, a recurrent network of 337 parameters is NaN in step 2', TIME, async () => {
  const model = explodingModel(tf.train.sgd(0.1));
  expect(model.countParams()).toBe(337);
  const [first, second] = await train(model, 2);
  expect(first).toBeGreaterThan(1e5);
  // The relu of the wasm backend makes 0 of NaN, which hides it from the loss.
  if (backend !== 'wasm') expect(second).toBeNaN();
  const [[recurrent]] = (await read([model.getWeights()[1]!])) as [[number]];
  expect(recurrent).toBeNaN();
});

it('and one more line trains it', TIME, async () => {
  const optimizer = clipOptimizer(tf.train.sgd(0.1), 1);
  const norms: number[] = [];
  optimizer.clipper.decisions$.subscribe(({ norm }) => norms.push(norm));
  const losses = await train(explodingModel(optimizer), isSlow ? 2 : 25);
  await optimizer.clipper.settled();
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)).toBeLessThan(1e-3 * losses[0]!);
  if (!isSlow) expect(Math.max(...losses.slice(-10))).toBeLessThan(5);
  expect(norms[0]).toBeGreaterThan(1e7);
  expect(optimizer.clipper.stats()).toMatchObject({ steps: losses.length, skipped: 0, nonFinite: 0 });
});

it('or one that is added to a model as it is', TIME, async () => {
  const model = explodingModel(tf.train.sgd(0.1));
  attachClipper(model.optimizer, 1);
  const losses = await train(model, isSlow ? 2 : 10);
  expect(losses.at(-1)).toBeLessThan(1e-3 * losses[0]!);
});
