import { createRandom, gaussian } from '@gradclip/example-compare/worker';

/** Of the logarithms of ordinary norms. */
const DEVIATION = 0.4;

/** Norms of a calm training: log-normal with median 1. */
export function calmNorms(seed: number, count: number): Float64Array {
  const random = createRandom(Math.imul(seed, 0x9e3779b1));
  return Float64Array.from({ length: count }, () => Math.exp(DEVIATION * gaussian(random)));
}
