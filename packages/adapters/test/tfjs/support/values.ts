import * as tf from '@tensorflow/tfjs-core';
import { random } from '../../oracle.ts';

// Gradients of operations come with layers, not with core.
await import('@tensorflow/tfjs-layers');

/** A tensor of numbers in [-1, 1), the same for each run. */
export function noise(seed: number, shape: number[]): tf.Tensor {
  const next = random(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => 2 * next() - 1),
    shape,
  );
}

/** Variables by name, in place of those that an earlier test has left. */
export function variables(initial: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Variable> {
  const entries = Object.entries(initial).map(([name, values]) => {
    tf.engine().registeredVariables[name]?.dispose();
    return [name, tf.variable(values, true, name)] as const;
  });
  return Object.fromEntries(entries);
}

/** The elements of tensors, read without blocking: a synchronous read takes WebGPU twenty times as long. */
export async function read(tensors: readonly tf.Tensor[]): Promise<number[][]> {
  const values: number[][] = [];
  for (const tensor of tensors) values.push([...(await tensor.data())]);
  return values;
}

/** Steps, moments and whatever else an optimizer saves; of adamax, which saves nothing, the steps alone. */
export async function slots(optimizer: tf.Optimizer): Promise<unknown> {
  const { iterations } = optimizer;
  const weights = await optimizer.getWeights().catch(() => []);
  // The variables of a second model of the same layers are named kernel_1.
  const names = weights.map(({ name }) => name.replace(/(kernel|bias)_\d+/, '$1'));
  return { iterations, names, values: await read(weights.map(({ tensor }) => tensor)) };
}

/** A loss that says nothing but what the gradients are. */
export function lossWithGradients(
  of: Readonly<Record<string, tf.Variable>>,
  gradients: Readonly<Record<string, tf.Tensor>>,
): () => tf.Scalar {
  return () =>
    tf.addN(Object.entries(gradients).map(([name, gradient]) => tf.sum(tf.mul(of[name]!, gradient)))) as tf.Scalar;
}
