import { dispose } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Optimizer, Scalar, Variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from './gradients.ts';

/** `minimize` of tfjs, with the loss at hand when the gradients are applied, and without a leak when that throws. */
export function minimize(
  optimizer: Pick<Optimizer, 'computeGradients'>,
  [loss, returnCost, variables]: Parameters<Optimizer['minimize']>,
  apply: (gradients: NamedTensorMap | NamedTensor[], loss: Scalar) => void,
): Scalar | null {
  const { value, grads } = optimizer.computeGradients(loss, variables);
  let keepsValue = false;
  try {
    apply(variables ? named(variables, grads) : grads, value);
    keepsValue = returnCost === true;
  } finally {
    dispose(grads);
    if (!keepsValue) value.dispose();
  }
  return keepsValue ? value : null;
}

/** In the order of the variables, because the state of an optimizer goes by position. */
function named(variables: readonly Variable[], grads: NamedTensorMap): NamedTensor[] {
  return variables.map(({ name }) => ({ name, tensor: grads[name] }));
}
