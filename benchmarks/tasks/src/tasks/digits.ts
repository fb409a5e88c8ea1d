import { createAccuracy } from '@gradclip/example-digits-rnn/dist/accuracy.js';
import { createBatches } from '@gradclip/example-digits-rnn/dist/batches.js';
import { drawDamaged, loadDigits } from '@gradclip/example-digits-rnn/dist/data.js';
import { createNetwork, createParameters, descend, initialWeights } from '@gradclip/example-digits-rnn/dist/network.js';
import { batchSize, damagedImages, learningRate, shape } from '@gradclip/example-digits-rnn/dist/setting.js';
import { createRandom } from '@gradclip/example-compare/worker';
import type { Training } from '../task.ts';

const STEPS = 800;

/** The training of the main example, at a multiple of its learning rate. */
export async function loadTraining(): Promise<Training> {
  const digits = loadDigits();
  const accuracyOf = createAccuracy(shape, digits.test);
  const network = createNetwork(shape, batchSize);
  const gradients = createParameters(shape);
  return (setting, seed, startClipping) => {
    const rate = Number(/rate x(.*)/.exec(setting)![1]);
    const random = (stream: number) => createRandom(seed * 4 + stream);
    const weights = initialWeights(shape, random(0));
    const images = digits.training.labels.length;
    const damaged = setting.startsWith('clean') ? new Set<number>() : drawDamaged(damagedImages, images, random(1));
    const batches = createBatches(digits.training, damaged, batchSize, random(2));
    const clipping = startClipping(STEPS);
    for (let step = 0; step < STEPS && !clipping.halted; step++) {
      batches.next(network);
      network.forward(weights);
      network.loss(batches.labels);
      network.backward(weights, gradients);
      if (clipping.clip(gradients, weights)) descend(weights, gradients, rate * learningRate(step, STEPS));
    }
    return clipping.outcome(accuracyOf(weights));
  };
}
