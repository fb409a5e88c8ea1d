import type { GradientArray } from '@gradclip/core';
import { largest } from './largest.ts';

/** The L2 norm, in parts of the largest element, so that squares neither overflow nor vanish. */
export function norm(gradient: GradientArray): number {
  const top = largest(gradient);
  let sum = 0;
  if (top) for (let i = 0; i < gradient.length; i++) sum += (gradient[i]! / top) ** 2;
  return top * Math.sqrt(sum);
}
