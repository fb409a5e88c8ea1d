import * as tf from '@tensorflow/tfjs-core';

const BATCH = 32;

export interface Network {
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
}

/** A dense net with half as many layers as tensors, each a square matrix and a bias. */
export function createNetwork(tensors: number, parameters: number): Network {
  const layers = tensors / 2;
  const width = Math.round(Math.sqrt(parameters / layers) - 0.5);
  const weights = (shape: number[], deviation: number, seed: number): tf.Variable =>
    tf.variable(tf.randomNormal(shape, 0, deviation, 'float32', seed));
  const matrices = Array.from({ length: layers }, (_, i) => weights([width, width], 1 / Math.sqrt(width), i + 1));
  const biases = Array.from({ length: layers }, (_, i) => weights([width], 0.01, layers + i + 1));
  const x = tf.randomNormal([BATCH, width], 0, 1, 'float32', 1001);
  const y = tf.randomNormal([BATCH, width], 0, 1, 'float32', 1002);
  const loss = (): tf.Scalar => {
    const output = matrices.reduce<tf.Tensor>(
      (h, matrix, i) => tf.tanh(tf.add(tf.matMul(h as tf.Tensor2D, matrix as tf.Tensor2D), biases[i]!)),
      x,
    );
    return tf.mean(tf.squaredDifference(output, y));
  };
  return { loss, variables: matrices.flatMap((matrix, i) => [matrix, biases[i]!]) };
}
