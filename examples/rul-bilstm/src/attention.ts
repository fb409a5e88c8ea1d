import { add, matMul, mul, reshape, softmax, sum, tanh, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import type { Random } from '@gradclip/example-compare/worker';
import { createVariable, uniform } from './variables.ts';

/** Decides how much each step of a sequence counts. */
export interface Attention {
  readonly variables: readonly Variable[];
  /** Of [steps, batch, inputs]: [steps, batch], from 0 to 1, for each member of the batch 1 together. */
  weights(sequence: Tensor3D): Tensor2D;
  /** The weighted mean over the steps: [batch, inputs]. */
  read(sequence: Tensor3D): Tensor2D;
}

/** Additive attention without a query: scores are `tanh(h kernel + bias) vector`. Bahdanau, Cho, Bengio 2014. */
export function createAttention(name: string, inputs: number, units: number, random: Random): Attention {
  const kernel = createVariable(`${name}/kernel`, [inputs, units], uniform(random, Math.sqrt(3 / inputs)));
  const bias = createVariable(`${name}/bias`, [units], () => 0);
  const vector = createVariable(`${name}/vector`, [units, 1], uniform(random, Math.sqrt(3 / units)));

  function weights(sequence: Tensor3D): Tensor2D {
    const [steps, batch] = sequence.shape;
    const rows = reshape(sequence, [steps * batch, inputs]);
    const scores = matMul(tanh(add(matMul(rows, kernel), bias)), vector);
    // Softmax goes along the last axis.
    return transpose(softmax(transpose(reshape(scores, [steps, batch]))));
  }

  function read(sequence: Tensor3D): Tensor2D {
    const [steps, batch] = sequence.shape;
    return sum(mul(sequence, reshape(weights(sequence), [steps, batch, 1])), 0);
  }

  return { variables: [kernel, bias, vector], weights, read };
}
