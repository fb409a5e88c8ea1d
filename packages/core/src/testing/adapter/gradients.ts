import { seededRandom } from '../corpora.ts';
import type { Tensors } from './trial.ts';

export function vector(...values: readonly number[]): Tensors[string] {
  return { values, shape: [values.length] };
}

/** Norm 7 exactly (4 + 9 + 36 = 49), over three tensors in an order that is not the alphabet's. */
export const SEVEN: Tensors = {
  'encoder/kernel': { values: [2, 0, -0, 0, -3, 0], shape: [2, 3] },
  'encoder/bias': vector(0, -0, 0),
  'decoder/kernel': { values: [0, 6, 0, -0], shape: [2, 2] },
};

/** Ordinary values of both signs with float32 fractions; norm about 5. */
export const MIXED: Tensors = {
  'encoder/kernel': { values: someValues(12, 3), shape: [4, 3] },
  'encoder/bias': { values: someValues(3, 4), shape: [3] },
  'decoder/kernel': { values: someValues(6, 5), shape: [3, 2] },
  scale: { values: [Math.fround(0.7)], shape: [] },
};

/** Values in (-2, 2) that float32 has. */
export function someValues(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Math.fround(4 * random() - 2));
}

/** The same tensors with one element replaced. */
export function withElement(tensors: Tensors, tensor: string, index: number, value: number): Tensors {
  const { values, shape } = tensors[tensor]!;
  return { ...tensors, [tensor]: { values: values.with(index, value), shape } };
}
