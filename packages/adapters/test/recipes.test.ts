// The recipes of docs/recipes do what they promise. They run as they are written, on the cpu backend.
import { clipOptimizer } from '@gradclip/adapters/tfjs';
import { decode, encode, simulate } from '@gradclip/core';
import type { StepDecision } from '@gradclip/core';
import { auto, percentile } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { gradientAccumulation } from '../../../docs/recipes/gradient-accumulation.ts';
import { gradientStages } from '../../../docs/recipes/gradient-stages.ts';
import { lossScaling } from '../../../docs/recipes/loss-scaling.ts';
import type { ScaledStep } from '../../../docs/recipes/loss-scaling.ts';
import { ownOptimizer } from '../../../docs/recipes/own-optimizer.ts';
import { saveAndResume } from '../../../docs/recipes/save-and-resume.ts';
import { twoOptimizers } from '../../../docs/recipes/two-optimizers.ts';

beforeAll(async () => {
  // No advice to install tfjs-node.
  tf.env().set('IS_TEST', true);
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  tf.scalar(0).dispose();
  tf.env().set('IS_TEST', false);
});
afterAll(() => tf.disposeVariables());

/** Seeds start at 1: tfjs takes 0 for none. */
const noise = (seed: number, shape: number[]): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

const normsOf = (steps: readonly StepDecision[]): number[] => steps.map(({ norm }) => norm);
const thresholdsOf = (steps: readonly { threshold?: number }[]): unknown[] => steps.map(({ threshold }) => threshold);

/** What `train` does to the number of tensors. */
function leakOf(train: () => void): number {
  const before = tf.memory().numTensors;
  train();
  return tf.memory().numTensors - before;
}

/** Linear regression on 15 batches of 32 examples, the last with too large ones, each cut into `parts`. */
function accumulated(parts: number): { decisions: StepDecision[]; weights: Float32Array } {
  const weights = tf.variable(tf.zeros([3, 1]));
  const batches = Array.from({ length: 15 }, (_, i) =>
    tf
      .split(tf.mul(noise(i + 1, [32, 3]), i === 14 ? 100 : 1), parts)
      .map((x) => (): tf.Scalar => tf.mean(tf.squaredDifference(tf.matMul(x, weights), tf.sum(x, 1, true)))),
  );
  let decisions: StepDecision[] = [];
  expect(leakOf(() => (decisions = gradientAccumulation(batches)))).toBe(0);
  return { decisions, weights: weights.dataSync() as Float32Array };
}

test('gradient accumulation: one norm a step, that of the whole batch, and no tensor is left', () => {
  const whole = accumulated(1);
  const parts = accumulated(8);
  expect(normsOf(parts.decisions)).toHaveLength(15);
  normsOf(whole.decisions).forEach((norm, i) => expect(parts.decisions[i]!.norm / norm).toBeCloseTo(1, 5));
  expect(parts.decisions.map(({ action }) => action)).toContain('scale');
  expect(parts.decisions.map(({ action }) => action)).toEqual(whole.decisions.map(({ action }) => action));
  whole.weights.forEach((weight, i) => expect(parts.weights[i]).toBeCloseTo(weight, 4));
});

test('two optimizers: each clipper has the norms of its own network, and is refused to another', () => {
  const { generator, discriminator, train, mean } = twoOptimizers();
  const made: StepDecision[] = [];
  const judged: StepDecision[] = [];
  generator.clipper.decisions$.subscribe((decision) => made.push(decision));
  discriminator.clipper.decisions$.subscribe((decision) => judged.push(decision));
  train(1); // makes the variables of Adam
  expect(leakOf(() => train(149))).toBe(0);
  expect(mean()).toBeGreaterThan(2);

  const policy = percentile({ p: 50 });
  const rate = (steps: readonly { action: string }[]): number =>
    steps.filter(({ action }) => action === 'scale').length / steps.length;
  for (const decisions of [made, judged]) {
    expect(decisions).toHaveLength(150);
    expect(thresholdsOf(decisions)).toEqual(thresholdsOf(simulate(policy, normsOf(decisions))));
    expect(Math.abs(rate(decisions) - 0.5)).toBeLessThan(0.25);
  }
  // One history of both, as the recipe tells it.
  const shared = simulate(
    policy,
    made.flatMap(({ norm }, i) => [judged[i]!.norm, norm]),
  );
  expect(rate(shared.filter(({ step }) => step % 2 === 1))).toBeGreaterThan(0.75);
  expect(rate(shared.filter(({ step }) => step % 2 === 0))).toBeLessThan(0.1);

  const refused = expect.objectContaining({ code: 'CLIPPER_IN_USE' });
  expect(() => clipOptimizer(tf.train.sgd(1), generator.clipper)).toThrow(refused);
  generator.dispose();
  discriminator.dispose();
});

/** What passes it comes back as from a device of 16 bits: below 6e-8 as 0, above 65504 as Infinity. */
const through16Bits = tf.customGrad((...[x]) => ({
  value: tf.clone(x as tf.Tensor),
  gradFunc: (dy: tf.Tensor) => {
    const size = tf.abs(dy);
    return tf.where(tf.less(size, 6e-8), tf.zerosLike(dy), tf.where(tf.greater(size, 65504), tf.div(dy, 0), dy));
  },
}));

/** A loss so small that its gradients do not survive 16 bits. */
function smallLoss(): { weights: tf.Variable; loss: () => tf.Scalar } {
  const x = noise(1, [16, 2]);
  const y = tf.sum(x, 1, true);
  const weights = tf.variable(tf.zeros([2, 1]));
  const errors = (): tf.Tensor => tf.squaredDifference(through16Bits(tf.matMul(x, weights)), y);
  return { weights, loss: () => tf.mul(tf.mean(errors()), 1e-7) };
}

test('loss scaling: gradients that were 0 come through, in their own unit', () => {
  const { weights, loss } = smallLoss();
  expect(normsOf(lossScaling(loss, 5, 1).map(({ step }) => step))).toEqual([0, 0, 0, 0, 0]);
  expect([...weights.dataSync()]).toEqual([0, 0]);

  const norms = [2 ** 10, 2 ** 20].map((scale) => {
    weights.assign(tf.zeros([2, 1]));
    return lossScaling(loss, 1, scale)[0]!.step.norm;
  });
  expect(norms[0]).toBeGreaterThan(0);
  expect(norms[0]).toBe(norms[1]);
});

test('loss scaling: the scale falls after an overflow, rises again, and the policy sees nothing of it', () => {
  const { weights, loss } = smallLoss();
  const before = loss().dataSync()[0]!;
  let history: ScaledStep[] = [];
  expect(leakOf(() => (history = lossScaling(loss, 60, 2 ** 46, 8)))).toBe(0);

  const isBad = ({ step }: ScaledStep): boolean => step.action === 'skip';
  const firstGood = history.findIndex((one) => !isBad(one));
  expect(firstGood).toBeGreaterThan(0);
  expect(firstGood).toBeLessThan(10);
  history.forEach((one, i) => {
    if (isBad(one) && history[i + 1]) expect(history[i + 1]!.scale).toBe(one.scale / 2);
  });
  // It was raised until it overflowed, and the step after that was good again.
  const again = history.findIndex((one, i) => i > firstGood && isBad(one));
  expect(history[again]!.scale).toBe(2 * history[again - 1]!.scale);
  expect(isBad(history[again + 1]!)).toBe(false);

  const good = history.filter((one) => !isBad(one)).map(({ step }) => step);
  expect(thresholdsOf(good)).toEqual(thresholdsOf(simulate(auto(), normsOf(good))));
  expect(loss().dataSync()[0]).toBeLessThan(before);
  expect([...weights.dataSync()].every(Number.isFinite)).toBe(true);
});

test('loss scaling: NaN that no scale mends ends in a halt', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const weight = tf.variable(tf.scalar(1));
  const history = lossScaling(() => tf.mul(weight, NaN), 1000, 2 ** 16);
  expect(history.at(-1)).toMatchObject({ scale: 1, step: { action: 'halt' } });
  expect(history).toHaveLength(26);
  expect(weight.dataSync()[0]).toBe(1);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test('save and resume: decisions go on bit for bit', async () => {
  let saved: tf.io.ModelArtifacts = {};
  const memory: tf.io.IOHandler = {
    save(artifacts) {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
    },
    load: () => Promise.resolve(saved),
  };
  const kernelInitializer = tfl.initializers.glorotNormal({ seed: 1 });
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 8, activation: 'tanh', inputShape: [3], kernelInitializer }),
      tfl.layers.dense({ units: 1, kernelInitializer }),
    ],
  });
  const x = noise(1, [64, 3]);
  const { uninterrupted, resumed } = await saveAndResume(model, memory, x, tf.sum(x, 1, true));
  expect(resumed[0]!.step).toBe(40);
  expect(resumed.map(({ action }) => action)).toContain('scale');
  const decided = (steps: readonly StepDecision[]): unknown[] =>
    steps.map(({ step, action, norm, threshold, factor }) => [step, action, norm, threshold, factor]);
  expect(decided(resumed)).toEqual(decided(uninterrupted));
});

/** A library: it compiles by itself, lets nobody choose the optimizer, and hands out the model. Batch 15 is bad. */
function library(): { model: tfl.LayersModel; train: () => Promise<unknown>; compile: () => void } {
  const model = tfl.sequential({
    layers: [tfl.layers.dense({ units: 1, inputShape: [3], kernelInitializer: 'zeros' })],
  });
  const compile = (): void => model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
  compile();
  const x = noise(1, [80, 3]);
  const y = tf.mul(
    tf.sum(x, 1, true),
    tf.tensor(
      Float32Array.from({ length: 80 }, (_, i) => (i >> 2 === 15 ? 100 : 1)),
      [80, 1],
    ),
  );
  return { model, compile, train: () => model.fit(x, y, { epochs: 1, batchSize: 4, shuffle: false, verbose: 0 }) };
}

test('own optimizer: clipped while the library trains, and as it was afterwards', async () => {
  const { model, train } = library();
  const { optimizer } = model;
  await train(); // gives Adam the properties it gets while training
  const before = Object.keys(optimizer);
  const { steps, clipRate, max } = await ownOptimizer(model, train);
  expect(steps).toBe(20);
  expect(clipRate).toBeGreaterThan(0);
  expect(max).toBeGreaterThan(50);

  expect(model.optimizer).toBe(optimizer);
  expect(Object.keys(optimizer)).toEqual(before);
  expect(optimizer.applyGradients).toBe(tf.AdamOptimizer.prototype.applyGradients);
  await train();
  expect(optimizer.iterations).toBe(60); // one history of Adam's, and no clipper in its way
  expect((await ownOptimizer(model, train)).steps).toBe(20);
});

test('own optimizer: undone when the training fails; told when the library has made another optimizer', async () => {
  const { model, compile, train } = library();
  const { optimizer } = model;
  await expect(ownOptimizer(model, () => Promise.reject(new Error('no data')))).rejects.toThrow('no data');
  expect('clipper' in optimizer).toBe(false);
  const compiles = async (): Promise<void> => {
    compile();
    await train();
  };
  await expect(ownOptimizer(model, compiles)).rejects.toThrow('compiled anew');
  expect('clipper' in optimizer).toBe(false);
});

test('gradient stages: one element is cut, and a saved history goes on', () => {
  const weights = tf.variable(tf.zeros([4]));
  // The gradient of step i is its noise, whatever the weights; in step 30 one element is a thousand times too large.
  const losses = Array.from({ length: 40 }, (_, i) => (): tf.Scalar => {
    const sizes = tf.tensor1d([1, 1, i === 30 ? 1000 : 1, 1]);
    return tf.sum(tf.mul(tf.mul(noise(i + 1, [4]), sizes), weights));
  });
  const { decisions } = gradientStages(losses);
  expect(decisions[30]!.norm).toBeLessThan(50);
  const { saved } = gradientStages(losses.slice(0, 25));
  const resumed = gradientStages(losses.slice(25), decode(encode(saved)));
  expect(normsOf(resumed.decisions)).toEqual(normsOf(decisions).slice(25));
  expect(thresholdsOf(resumed.decisions)).toEqual(thresholdsOf(decisions).slice(25));
});
