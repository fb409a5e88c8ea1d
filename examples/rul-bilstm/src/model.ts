import { add, dispose, matMul, reshape } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import type { Random } from '@gradclip/example-compare/worker';
import { createAttention } from './attention.ts';
import { createBidirectionalLstm } from './lstm.ts';
import { createVariable, uniform } from './variables.ts';

export interface Shape {
  /** Readings of each cycle. */
  readonly inputs: number;
  /** Of each direction of each layer. */
  readonly units: number;
  readonly attention: number;
}

/** Two bidirectional LSTM layers, attention over their outputs, and one linear output. */
export interface Model {
  readonly variables: readonly Variable[];
  /** Remaining life as a share of the cap, of windows [cycles, batch, inputs]. */
  predict(windows: Tensor3D): Tensor1D;
  /** How much each cycle counts: [cycles, batch]. */
  attention(windows: Tensor3D): Tensor2D;
  dispose(): void;
}

export function createModel({ inputs, units, attention: size }: Shape, random: Random): Model {
  const first = createBidirectionalLstm('lstm1', inputs, units, random);
  const second = createBidirectionalLstm('lstm2', 2 * units, units, random);
  const attention = createAttention('attention', 2 * units, size, random);
  const kernel = createVariable('output/kernel', [2 * units, 1], uniform(random, Math.sqrt(3 / (2 * units))));
  const bias = createVariable('output/bias', [1], () => 0.5);
  const variables = [...first.variables, ...second.variables, ...attention.variables, kernel, bias];
  const encode = (windows: Tensor3D): Tensor3D => second.read(first.read(windows));
  return {
    variables,
    predict: (windows) => reshape(add(matMul(attention.read(encode(windows)), kernel), bias), [-1]),
    attention: (windows) => attention.weights(encode(windows)),
    dispose: () => dispose([...variables]),
  };
}
