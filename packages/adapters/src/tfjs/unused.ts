import type { Optimizer } from '@tensorflow/tfjs-core';
import { GradclipError } from '@gradclip/core';

/** Batches a clipper may miss before it is clear that it is not in use. */
export const PATIENCE = 10;

export function noGradients(): GradclipError {
  return new GradclipError('NO_GRADIENTS', `The clipper has seen no gradient in ${PATIENCE} batches.`, {
    advice:
      'Compile the model with what clipOptimizer returned, not with the optimizer that was given to it; or attach the clipper after the last compile, which may make a new optimizer.',
  });
}

/** What takes the guard of an optimizer away, so that one that is clipped anew has one guard. */
const releases = new WeakMap<Optimizer, () => void>();

/**
 * Counts the gradients that reach an optimizer past its clipper, and refuses them when the clipper gets none at all.
 * @returns the optimizer's own applyGradients, and what takes the guard away
 */
export function guardInner(
  inner: Optimizer,
  isUsed: () => boolean,
): { readonly apply: Optimizer['applyGradients']; readonly release: () => void } {
  releases.get(inner)?.();
  const apply = inner.applyGradients.bind(inner);
  let missed = 0;
  const own = Object.getOwnPropertyDescriptor(inner, 'applyGradients');
  inner.applyGradients = (gradients) => {
    if (++missed >= PATIENCE && !isUsed()) throw noGradients();
    apply(gradients);
  };
  const release = (): void => {
    if (releases.get(inner) !== release) return;
    releases.delete(inner);
    if (own) Object.defineProperty(inner, 'applyGradients', own);
    else Reflect.deleteProperty(inner, 'applyGradients');
  };
  releases.set(inner, release);
  return { apply, release };
}
