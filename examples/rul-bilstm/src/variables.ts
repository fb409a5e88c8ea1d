import { tensor, tidy, util, variable } from '@tensorflow/tfjs-core';
import type { Variable } from '@tensorflow/tfjs-core';
import type { Random } from '@gradclip/example-compare/worker';

/** A variable with what `fill` gives for each place. Its name must be free: dispose one model before the next is made. */
export function createVariable(name: string, shape: number[], fill: (i: number) => number): Variable {
  const values = Float32Array.from({ length: util.sizeFromShape(shape) }, (_, i) => fill(i));
  return tidy(() => variable(tensor(values, shape), true, name));
}

/** Evenly from -limit to limit. */
export function uniform(random: Random, limit: number): () => number {
  return () => limit * (2 * random() - 1);
}
