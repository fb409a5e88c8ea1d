import type { Shape } from './network.ts';

/** What every run trains with: fixed numbers, so that runs differ in their clipping policy only. */

/** The rows of an image are the steps of a sequence. */
export const shape: Shape = { steps: 28, inputs: 28, hidden: 64, classes: 10 };

export const batchSize = 32;

/** Training images that keep their pixels from 0 to 255 while all others have theirs from 0 to 1. */
export const damagedImages = 8;

/** A run whose accuracy ends below this has failed; guessing reaches 0.1. */
export const failedBelow = 0.2;

/** Falls linearly from 0.05 to a fiftieth of it. */
export function learningRate(step: number, steps: number): number {
  return 0.05 * (1 - (0.98 * step) / steps);
}
