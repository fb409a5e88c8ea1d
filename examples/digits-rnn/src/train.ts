import { clipBuffers } from '@gradclip/adapters/buffers';
import { createAccuracy } from './accuracy.ts';
import { createBatches } from './batches.ts';
import { drawDamaged } from './data.ts';
import type { Digits } from './data.ts';
import { createHistory, did, firstSteps, record } from './history.ts';
import { createNetwork, createParameters, descend, initialWeights } from './network.ts';
import type { Parameters } from './network.ts';
import { createRandom } from './random.ts';
import type { Alert, Job, Progress, RunResult } from './result.ts';
import { findRun } from './runs.ts';
import { batchSize, damagedImages, learningRate, shape } from './task.ts';

/** The first steps are not timed: the code has not been compiled yet. */
const coldSteps = 50;

/**
 * Trains the network once. All runs of a seed start from the same weights and see the same images in the same order with
 * the same ones damaged.
 *
 * @param watch Told where the training stands after each step; says whether to go on.
 */
export function train(job: Job, digits: Digits, watch: (progress: Progress) => boolean): RunResult {
  const started = performance.now();
  const { steps, seed } = job;
  const run = findRun(job.run);
  const random = (stream: number) => createRandom(seed * 4 + stream);
  const weights = initialWeights(shape, random(0));
  const damaged =
    run.data === 'damaged' ? drawDamaged(damagedImages, digits.training.labels.length, random(1)) : new Set<number>();
  const batches = createBatches(digits.training, damaged, batchSize, random(2));

  const network = createNetwork(shape, batchSize);
  const gradients = createParameters(shape);
  const accuracyOf = createAccuracy(shape, digits.test);
  const clipper = run.clipper(steps);
  const alerts: Alert[] = [];
  clipper.alerts$.subscribe(({ code, step: at, message }) => alerts.push({ code, step: at, message }));
  const history = createHistory(steps);

  let ending: RunResult['ending'] = 'finished';
  let accuracy = NaN;
  let clipped = 0;
  let clipperTime = 0;
  let stepTime = 0;
  let step = 0;
  while (step < steps) {
    const begin = performance.now();
    const damagedHere = batches.next(network);
    network.forward(weights);
    const loss = network.loss(batches.labels);
    network.backward(weights, gradients);

    const beforeClip = performance.now();
    const decision = clipBuffers(gradients, clipper);
    const afterClip = performance.now();

    if (decision.proceed) descend(weights, gradients, learningRate(step, steps));
    if (step >= coldSteps) {
      clipperTime += afterClip - beforeClip;
      stepTime += performance.now() - begin;
    }

    record(history, step, loss, decision, damagedHere);
    if (history.action[step] === did.clip) clipped++;
    step++;
    if (decision.action === 'halt' || !areFinite(weights)) {
      ending = 'failed';
      break;
    }
    if (step % Math.ceil(steps / 10) === 0 && step < steps) accuracy = accuracyOf(weights, 8);
    const { norm, threshold = NaN } = decision;
    if (!watch({ step, loss, accuracy, norm, threshold, clipRate: clipped / step }) && step < steps) {
      ending = 'stopped';
      break;
    }
  }

  const stats = clipper.stats();
  clipper.end();
  return {
    job,
    ending,
    steps: step,
    accuracy: accuracyOf(weights),
    clipRate: stats.clipRate,
    skipped: stats.skipped,
    largestNorm: stats.nonFinite > 0 ? Infinity : stats.max,
    clipperShare: clipperTime / stepTime,
    seconds: (performance.now() - started) / 1000,
    alerts,
    history: firstSteps(history, step),
  };
}

function areFinite(weights: Parameters): boolean {
  return Object.values(weights).every((values) => values.every(Number.isFinite));
}
