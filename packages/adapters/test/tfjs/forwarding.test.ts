import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { attachClipper, clipOptimizer } from '@gradclip/adapters/tfjs';
import { optimizers } from './support/optimizers.ts';
import { lossWithGradients, noise, read, slots, variables } from './support/values.ts';

type WithRate = tf.Optimizer & { learningRate: number; setLearningRate(rate: number): void };

const gradients = { W: noise(1, [2, 3]), b: noise(2, [3]) };
afterAll(() => tf.dispose(gradients));
const start = (): Record<string, tf.Variable> => variables({ W: noise(3, [2, 3]), b: noise(4, [3]) });

/** Takes steps, and gives the variables and the state of the optimizer after them. */
async function after(optimizer: tf.Optimizer, ...steps: ((optimizer: WithRate) => unknown)[]): Promise<unknown> {
  const of = start();
  for (const step of steps) {
    await step(optimizer as WithRate);
    optimizer.minimize(lossWithGradients(of, gradients), false, Object.values(of));
  }
  return { weights: await read(Object.values(of)), slots: await slots(optimizer) };
}

describe.each(Object.keys(optimizers))('the clipped %s', (name) => {
  const make = optimizers[name]!;

  it('counts the iterations of the inner one', () => {
    const optimizer = clipOptimizer(make(), Infinity);
    const of = start();
    expect(optimizer.iterations).toBe(0);
    optimizer.minimize(lossWithGradients(of, gradients), false, Object.values(of));
    expect(optimizer.iterations).toBe(1);
  });

  it('saves and takes the same weights', async () => {
    const others = make();
    const of = start();
    for (let i = 0; i < 3; i++) others.minimize(lossWithGradients(of, gradients), false, Object.values(of));
    const refusal = /not implemented/;
    if (name === 'adamax') {
      const clipped = clipOptimizer(make(), Infinity);
      await expect(others.getWeights()).rejects.toThrow(refusal);
      await expect(clipped.getWeights()).rejects.toThrow(refusal);
      await expect(clipped.setWeights([])).rejects.toThrow(refusal);
      return;
    }
    const takeOver = async (to: tf.Optimizer): Promise<void> => to.setWeights(await others.getWeights());
    const bare = await after(make(), takeOver, () => {});
    expect(await after(clipOptimizer(make(), Infinity), takeOver, () => {})).toEqual(bare);
  });

  it('has the learning rate of the inner one, which can be set while it trains', async () => {
    const inner = make() as WithRate;
    const optimizer = clipOptimizer(inner, Infinity) as unknown as WithRate;
    expect(optimizer.learningRate).toBe(inner.learningRate);
    optimizer.learningRate = 0.25;
    expect([optimizer.learningRate, inner.learningRate]).toEqual([0.25, 0.25]);
    // It takes effect, also for sgd and momentum, which keep it as a tensor, too: without a rate nothing moves.
    const setToZero = (to: WithRate): void => void (to.learningRate = 0);
    const { weights } = (await after(clipOptimizer(make(), Infinity), setToZero)) as { weights: unknown };
    expect(weights).toEqual(await read(Object.values(start())));
    const setRate = (to: WithRate): void => {
      if (to.setLearningRate) to.setLearningRate(0.5);
      else to.learningRate = 0.5;
    };
    const bare = await after(
      make(),
      () => {},
      setRate,
      () => {},
    );
    expect(
      await after(
        clipOptimizer(make(), Infinity),
        () => {},
        setRate,
        () => {},
      ),
    ).toEqual(bare);
  });

  it('disposes of what the inner one disposes of', () => {
    const leftBy = (wrap: (optimizer: tf.Optimizer) => tf.Optimizer): number => {
      const of = start();
      const { numTensors } = tf.memory();
      const optimizer = wrap(make());
      optimizer.minimize(lossWithGradients(of, gradients), false, Object.values(of));
      optimizer.dispose();
      return tf.memory().numTensors - numTensors;
    };
    const bare = leftBy((optimizer) => optimizer);
    expect(leftBy((optimizer) => clipOptimizer(optimizer, 1, { clock: 'exact' }))).toBe(bare);
    const attached = (optimizer: tf.Optimizer): tf.Optimizer => {
      attachClipper(optimizer, 1, { clock: 'exact' });
      return optimizer;
    };
    expect(leftBy(attached)).toBe(bare);
  });
});

it('passes a rate on to optimizers without setLearningRate', () => {
  const inner = tf.train.adam(0.1) as unknown as WithRate;
  (clipOptimizer(inner, 1) as unknown as WithRate).setLearningRate(0.2);
  expect(inner.learningRate).toBe(0.2);
});

it('returns what minimize returns', async () => {
  const of = start();
  const optimizer = clipOptimizer(tf.train.sgd(0), 1);
  const loss = (): tf.Scalar => tf.sum(of['b']!);
  expect(optimizer.minimize(loss)).toBeNull();
  expect(optimizer.minimize(loss, false)).toBeNull();
  const [[value], [expected]] = (await read([optimizer.minimize(loss, true)!, tf.sum(of['b']!)])) as [
    [number],
    [number],
  ];
  expect(value).toBe(expected);
});

it('leaves no tensor behind', () => {
  const of = start();
  const list = Object.values(of);
  const loss = lossWithGradients(of, gradients);
  const optimizer = clipOptimizer(tf.train.adam(0.1), 0.5, { clock: 'exact' });
  optimizer.minimize(loss, false, list);
  const { numTensors } = tf.memory();
  for (let i = 0; i < 5; i++) {
    optimizer.minimize(loss, false, list);
    optimizer.minimize(loss, true)!.dispose();
    const { value, grads } = tf.variableGrads(loss, list);
    optimizer.applyGradients(grads);
    tf.dispose([value, grads]);
  }
  expect(tf.memory().numTensors).toBe(numTensors);
});

it('tells the clipper the loss and the learning rate, where its policy needs them', async () => {
  const seen: unknown[] = [];
  const policy = {
    name: 'watch',
    needs: ['loss', 'learningRate'] as const,
    init: () => null,
    decide: (_: unknown, { loss, learningRate }: { loss?: number; learningRate?: number }) => {
      seen.push([loss, learningRate]);
      return [Infinity, null] as const;
    },
  };
  const of = variables({ W: tf.tensor([2]) });
  const optimizer = clipOptimizer(tf.train.sgd(0.5), policy, { clock: 'exact' });
  optimizer.minimize(() => tf.sum(tf.square(of['W']!)));
  (optimizer as unknown as WithRate).learningRate = 0.25;
  optimizer.minimize(() => tf.sum(tf.add(of['W']!, 3)));
  expect(seen).toEqual([
    [4, 0.5],
    [3, 0.25],
  ]);
  // Whoever brings gradients alone has no loss to tell.
  expect(() => optimizer.applyGradients({ W: tf.tensor([1]) })).toThrow(
    expect.objectContaining({ code: 'INVALID_CONTEXT' }),
  );
});
