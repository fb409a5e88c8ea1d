import { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import { kindOf, refuse } from '../buffers/refuse.ts';

/** The gradient of one variable, as the optimizers of tfjs take it; absent where the loss does not reach the variable. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor | null | undefined;
}

/** The gradients of a step: by name, as named tensors in order, or as a list, whose tensors are named '0', '1', … */
export type Gradients = NamedTensorMap | readonly NamedTensor[] | readonly (Tensor | null | undefined)[];

/** A gradient that is there. */
export interface Gradient {
  readonly name: string;
  readonly tensor: Tensor;
}

/** The gradients that are there, in order. @throws GradclipError INVALID_GRADIENT */
export function gradientsIn(gradients: Gradients): readonly Gradient[] {
  if (typeof gradients !== 'object' || gradients === null || gradients instanceof Tensor)
    refuse(
      'INVALID_GRADIENT',
      `must be a map or a list of tensors, got ${kindOf(gradients)}`,
      'Pass variableGrads(…).grads, or [gradient].',
    );
  if ('value' in gradients && 'grads' in gradients)
    refuse('INVALID_GRADIENT', 'came with their loss', 'This is what variableGrads returns: pass its .grads.');
  const found: Gradient[] = [];
  for (const [key, entry] of Object.entries(gradients)) {
    const named = isNamed(entry) ? entry : { name: key, tensor: entry };
    if (named.tensor === null || named.tensor === undefined) continue;
    check(named as Gradient);
    found.push(named as Gradient);
  }
  return found;
}

/** The same form, order and length, with other tensors for the gradients that are there. */
export function withTensors<G extends Gradients>(gradients: G, tensors: readonly Tensor[]): G {
  let next = 0;
  const replace = (entry: Tensor | NamedTensor | null | undefined): unknown => {
    if (!isNamed(entry)) return entry ? tensors[next++] : entry;
    return entry.tensor ? { ...entry, tensor: tensors[next++] } : entry;
  };
  if (Array.isArray(gradients)) return gradients.map(replace) as unknown as G;
  return Object.fromEntries(Object.entries(gradients).map(([name, entry]) => [name, replace(entry)])) as G;
}

function isNamed(entry: unknown): entry is NamedTensor {
  return typeof entry === 'object' && entry !== null && 'tensor' in entry;
}

function check({ name, tensor }: Gradient): void {
  if (!(tensor instanceof Tensor))
    refuse('INVALID_GRADIENT', `must be a tf.Tensor, got ${kindOf(tensor)}`, 'Make it one with tf.tensor.', name);
  if (tensor.isDisposed)
    refuse('INVALID_GRADIENT', 'has been disposed', 'Clip gradients before you dispose them, or keep() them.', name);
  if (tensor.dtype !== 'float32')
    refuse('INVALID_GRADIENT', `must be float32, got ${tensor.dtype}`, 'Cast it with tf.cast.', name);
}
