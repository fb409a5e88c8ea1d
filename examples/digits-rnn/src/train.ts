import { clipBuffers } from '@gradclip/adapters/buffers';
import { createRandom, createRecorder, findRun } from '@gradclip/example-compare/worker';
import type { Job, RunResult, Watch } from '@gradclip/example-compare/worker';
import { createAccuracy } from './accuracy.ts';
import { createBatches } from './batches.ts';
import { drawDamaged } from './data.ts';
import type { Digits } from './data.ts';
import { createNetwork, createParameters, descend, initialWeights } from './network.ts';
import type { Parameters } from './network.ts';
import { runs } from './runs.ts';
import { batchSize, damagedImages, learningRate, shape } from './setting.ts';

/**
 * Trains the network once. All runs of a seed start from the same weights and see the same images in the same order with
 * the same ones damaged.
 */
export function train(job: Job, digits: Digits, watch: Watch): RunResult {
  const { steps, seed } = job;
  const run = findRun(runs, job.run);
  const random = (stream: number) => createRandom(seed * 4 + stream);
  const weights = initialWeights(shape, random(0));
  const damaged =
    run.data === 'damaged' ? drawDamaged(damagedImages, digits.training.labels.length, random(1)) : new Set<number>();
  const batches = createBatches(digits.training, damaged, batchSize, random(2));

  const network = createNetwork(shape, batchSize);
  const gradients = createParameters(shape);
  const accuracyOf = createAccuracy(shape, digits.test);
  const clipper = run.clipper(steps);
  const recorder = createRecorder(job, clipper, watch, () => accuracyOf(weights, 8));

  for (let step = 0, goOn = true; goOn; step++) {
    const damagedHere = batches.next(network);
    network.forward(weights);
    const loss = network.loss(batches.labels);
    network.backward(weights, gradients);
    const decision = recorder.time(() => clipBuffers(gradients, clipper));
    if (decision.proceed) descend(weights, gradients, learningRate(step, steps));
    goOn = recorder.step({ curve: loss, marked: damagedHere, lost: !areFinite(weights) });
  }
  return recorder.result(accuracyOf(weights));
}

function areFinite(weights: Parameters): boolean {
  return Object.values(weights).every((values) => values.every(Number.isFinite));
}
