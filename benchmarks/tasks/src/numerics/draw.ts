import { createRandom, gaussian } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';

/** A generator of its own for each purpose of a seed, so that one more number drawn for the data moves no weight. */
export function randomOf(seed: number, purpose: number): Random {
  return createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(purpose + 1, 0x85ebca6b));
}

/** From the gamma distribution with this shape (> 0) and scale 1: Marsaglia and Tsang 2000. */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = gaussian(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** From Student's t distribution: below 2 degrees of freedom its variance is infinite. */
export function studentT(random: Random, degrees: number): number {
  return gaussian(random) / Math.sqrt((2 * gamma(random, degrees / 2)) / degrees);
}

/** `size` shares that sum to 1, from the symmetric Dirichlet distribution; a small `concentration` gives few large ones. */
export function dirichlet(random: Random, size: number, concentration: number): Float64Array {
  const shares = Float64Array.from({ length: size }, () => gamma(random, concentration));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Fills with numbers from N(0, deviation²). */
export function fillGaussian(values: Float64Array, deviation: number, random: Random): Float64Array {
  for (let i = 0; i < values.length; i++) values[i] = deviation * gaussian(random);
  return values;
}

/** Fills with numbers from the uniform distribution on [-limit, limit). */
export function fillUniform(values: Float64Array, limit: number, random: Random): Float64Array {
  for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random() - 1);
  return values;
}

/** An integer from 0 to below `end`. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}
