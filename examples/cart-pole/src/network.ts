import { gaussian } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';
import { add, dispose, matMul, relu, sigmoid, squeeze, tensor2d, tidy, variable, zeros } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { Player } from './games.ts';
import { hidden } from './setting.ts';

/** The policy: 4 numbers in, one layer of ReLU, one number out, the logit of a push to the right. */
export interface Network {
  /** Named hiddenWeights, hiddenBias, outputWeights and outputBias. */
  readonly variables: Variable[];
  /** A logit for each row of 4 numbers. */
  logits(states: Tensor2D): Tensor1D;
  readonly play: Player;
  isFinite(): boolean;
  dispose(): void;
}

/** Names of variables are global to TensorFlow.js: dispose of one network before the next is made. */
export function createNetwork(random: Random): Network {
  const normal = (rows: number, columns: number): Tensor2D => {
    const values = Float32Array.from({ length: rows * columns }, () => gaussian(random) / Math.sqrt(rows));
    return tensor2d(values, [rows, columns]);
  };
  const variables = tidy(() => [
    variable(normal(4, hidden), true, 'hiddenWeights'),
    variable(zeros([hidden]), true, 'hiddenBias'),
    variable(normal(hidden, 1), true, 'outputWeights'),
    variable(zeros([1]), true, 'outputBias'),
  ]);
  const [hiddenWeights, hiddenBias, outputWeights, outputBias] = variables as [Variable, Variable, Variable, Variable];

  function logits(states: Tensor2D): Tensor1D {
    const units = relu(add(matMul(states, hiddenWeights as Tensor2D), hiddenBias));
    return squeeze(add(matMul(units as Tensor2D, outputWeights as Tensor2D), outputBias), [1]);
  }

  return {
    variables,
    logits,
    play: (states) => tidy(() => sigmoid(logits(tensor2d(states, [states.length / 4, 4]))).dataSync()),
    isFinite: () => variables.every((each) => each.dataSync().every(Number.isFinite)),
    dispose: () => dispose(variables),
  };
}
