import type { GradientArray } from '@gradclip/core';

/** In place; factor 1 changes no bit. */
export function multiply(gradient: GradientArray, factor: number): void {
  if (factor !== 1) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
}
