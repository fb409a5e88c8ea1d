// A user's program on TensorFlow.js; check-packages.mjs type-checks it and runs it on the packed packages.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { clipOptimizer, logsCallback } from '@gradclip/adapters/tfjs';
import { percentile } from '@gradclip/policies';

/** Fits a line through a model; one sample in sixteen is far off. */
export async function check(): Promise<string> {
  const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }));
  const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const points = Array.from({ length: 64 }, (_, i) => i / 32 - 1);
  const x = tf.tensor2d(points, [64, 1]);
  const y = tf.tensor2d(
    points.map((point, i) => 2 * point + (i % 16 === 7 ? 1e6 : 0)),
    [64, 1],
  );
  const callbacks = logsCallback(optimizer.clipper);
  const { history } = await model.fit(x, y, { epochs: 20, batchSize: 4, shuffle: false, verbose: 0, callbacks });
  const clipRate = history['clipRate']?.at(-1);
  const [slope] = await model.getWeights()[0]!.data();
  if (!(Math.abs(slope!) < 100 && typeof clipRate === 'number' && clipRate > 0.1))
    throw new Error(`The slope is ${slope}, the clip rate ${clipRate}`);
  return JSON.stringify({ slope, clipRate });
}
