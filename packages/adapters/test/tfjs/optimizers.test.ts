import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import { afterAll, describe, expect, it } from 'vitest';
import { clipOptimizer } from '@gradclip/adapters/tfjs';
import { examples, smallModel, trainOnBatches } from './support/models.ts';
import { optimizers } from './support/optimizers.ts';
import { lossWithGradients, noise, read, slots, variables } from './support/values.ts';

/** What a training returns, and the weights it ends with. */
type Outcome = readonly [returned: unknown, weights: readonly tf.Tensor[]];
type Training = (optimizer: tf.Optimizer) => Outcome | Promise<Outcome>;

interface Problem {
  readonly list: tf.Variable[];
  readonly loss: (step: number) => () => tf.Scalar;
}

const STEPS = 5;

/** `spare` has the shape of `bias` and comes first. The loss of every other step does not reach it, where `leavesOut`. */
function problem(leavesOut: boolean): Problem {
  const of = variables({ spare: noise(1, [3]), bias: noise(2, [3]), kernel: noise(3, [2, 3]) });
  const [x, y] = [noise(4, [5, 2]), noise(5, [5, 3])];
  const fit = (): tf.Scalar =>
    tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x as tf.Tensor2D, of['kernel'] as tf.Tensor2D), of['bias']!), y)));
  const loss = (step: number) => (): tf.Scalar =>
    leavesOut && step % 2 ? fit() : tf.add(tf.mul(fit(), 10), tf.sum(tf.square(of['spare']!)));
  return { list: Object.values(of), loss };
}

async function stepByStep(step: (i: number, of: Problem) => tf.Scalar | null, leavesOut = true): Promise<Outcome> {
  const of = problem(leavesOut);
  const returned = Array.from({ length: STEPS }, (_, i) => step(i, of));
  return [await Promise.all(returned.map((value) => value && value.data())), of.list];
}

type Given = Parameters<tf.Optimizer['applyGradients']>[0];

async function inModel(
  optimizer: tf.Optimizer,
  train: (model: ReturnType<typeof smallModel>) => Promise<unknown>,
): Promise<Outcome> {
  const model = smallModel(optimizer);
  return [await train(model), model.getWeights()];
}

const trainings: Readonly<Record<string, Training>> = {
  minimize: (optimizer) => stepByStep((i, { loss }) => optimizer.minimize(loss(i), true), false),
  'minimize with a list of variables': (optimizer) =>
    stepByStep((i, { loss, list }) => optimizer.minimize(loss(i), i !== 3, list)),
  'applyGradients with a map': (optimizer) =>
    stepByStep((i, { loss, list }) => {
      const { value, grads } = tf.variableGrads(loss(i), list);
      optimizer.applyGradients({ spare: i > 2 ? null : undefined, ...grads } as unknown as Given);
      return value;
    }),
  'applyGradients with a list': (optimizer) =>
    stepByStep((i, { loss, list }) => {
      const { value, grads } = tf.variableGrads(loss(i), list);
      const absent = i > 2 ? null : undefined;
      optimizer.applyGradients(list.map(({ name }) => ({ name, tensor: grads[name] ?? absent })) as Given);
      return value;
    }),
  'a loop in tf.tidy': (optimizer) =>
    stepByStep(
      (i, { loss }) =>
        tf.tidy(() => {
          const { value, grads } = optimizer.computeGradients(loss(i));
          optimizer.applyGradients(grads);
          return value;
        }),
      false,
    ),
  'model.fit': (optimizer) =>
    inModel(optimizer, async (model) => {
      const { x, y } = examples(12);
      const { history } = await model.fit(x, y, { epochs: 2, batchSize: 5, shuffle: false, verbose: 0 });
      return history;
    }),
  'model.fitDataset': (optimizer) =>
    inModel(optimizer, async (model) => {
      const { x, y } = examples(12);
      const pairs = tfd.zip({
        xs: tfd.array((await x.array()) as number[][]),
        ys: tfd.array((await y.array()) as number[][]),
      });
      const { history } = await model.fitDataset(pairs.batch(5), { epochs: 2, verbose: 0 });
      return history;
    }),
  'model.trainOnBatch': (optimizer) => inModel(optimizer, (model) => trainOnBatches(model, 0, STEPS)),
};

async function outcome(train: Training, optimizer: tf.Optimizer): Promise<unknown> {
  const [returned, weights] = await train(optimizer);
  return { returned, weights: await read(weights), slots: await slots(optimizer) };
}

describe.each(Object.keys(optimizers))('%s', (name) => {
  const make = optimizers[name]!;
  describe.each(Object.keys(trainings))('through %s', (way) => {
    const train = trainings[way]!;
    it('trains bit for bit as without a clipper where the clipper observes, or never clips', async () => {
      const bare = await outcome(train, make());
      expect(await outcome(train, clipOptimizer(make(), 1e-3, { observe: true }))).toEqual(bare);
      expect(await outcome(train, clipOptimizer(make(), Infinity))).toEqual(bare);
    });
  });
});

it.each(Object.keys(trainings))('a vanishing threshold stops %s', async (way) => {
  const train = trainings[way]!;
  const before = await outcome(train, clipOptimizer(tf.train.sgd(0), 1));
  const after = await outcome(train, clipOptimizer(tf.train.sgd(0.1), 1e-12));
  expect(after).toEqual(before);
});

describe('a threshold c makes the update of SGD learningRate * c * g / |g|', () => {
  const gradients = { W: tf.tensor([3, 0, -4, 12], [2, 2]), b: tf.tensor([84]) }; // |g| = 85
  afterAll(() => tf.dispose(gradients));
  const expected = [[3, 0, -4, 12], [84]].map((g) => g.map((x) => (-0.5 * 2 * x) / 85));
  const steps: Readonly<Record<string, (optimizer: tf.Optimizer, of: Record<string, tf.Variable>) => void>> = {
    minimize: (optimizer, of) => void optimizer.minimize(lossWithGradients(of, gradients)),
    'applyGradients with a map': (optimizer) => optimizer.applyGradients(gradients),
    'applyGradients with a list': (optimizer) =>
      optimizer.applyGradients(Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }))),
  };
  it.each(Object.keys(steps))('through %s', async (way) => {
    const of = variables({ W: tf.zeros([2, 2]), b: tf.zeros([1]) });
    const optimizer = clipOptimizer(tf.train.sgd(0.5), 2);
    steps[way]!(optimizer, of);
    await optimizer.clipper.settled();
    const updates = await read(Object.values(of));
    updates.flat().forEach((x, i) => expect(x).toBeCloseTo(expected.flat()[i]!, 6));
  });
});
