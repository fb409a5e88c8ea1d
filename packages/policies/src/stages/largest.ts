import type { GradientArray } from '@gradclip/core';

/** The largest magnitude; 0 for none. */
export function largest(gradient: GradientArray): number {
  let top = 0;
  for (let i = 0; i < gradient.length; i++) top = Math.max(top, Math.abs(gradient[i]!));
  return top;
}
