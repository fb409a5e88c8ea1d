import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { noise } from './values.ts';

/** 3 -> 4 -> 1. The names have underscores, which loading a model takes out of texts. */
export function smallModel(optimizer: tf.Optimizer): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ name: 'my_dense', units: 4, inputShape: [3], activation: 'tanh' }),
      tfl.layers.dense({ name: 'conv2d_1', units: 1 }),
    ],
  });
  setNoise(model);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

/** Weights that are the same for each run. */
export function setNoise(model: tfl.LayersModel, size = 1): void {
  tf.tidy(() => model.setWeights(model.getWeights().map((weight, i) => tf.mul(noise(50 + i, weight.shape), size))));
}

/** Inputs and targets of the small model. */
export function examples(count: number, seed = 90): { x: tf.Tensor; y: tf.Tensor } {
  return { x: noise(seed, [count, 3]), y: tf.mul(noise(seed + 1, [count, 1]), 3) };
}

/** Trains on batches of four, one step each; a step past the last batch starts over. */
export async function trainOnBatches(model: tfl.LayersModel, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    const { x, y } = examples(4, 90 + 2 * step);
    losses.push((await model.trainOnBatch(x, y)) as number);
  }
  return losses;
}

/** What is written to a file and read from it, in memory. */
export async function savedArtifacts(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts = {};
  const handler = tf.io.withSaveHandler((given) => {
    artifacts = given;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
  });
  await model.save(handler, { includeOptimizer: true });
  const { weightData, ...rest } = artifacts;
  return { ...(JSON.parse(JSON.stringify(rest)) as tf.io.ModelArtifacts), weightData: weightData! };
}

export function loadModel(artifacts: tf.io.ModelArtifacts): Promise<tfl.LayersModel> {
  return tfl.loadLayersModel(tf.io.fromMemory(artifacts));
}
