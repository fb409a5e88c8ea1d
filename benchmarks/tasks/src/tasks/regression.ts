import type { Random } from '@gradclip/example-compare/worker';
import { gaussian } from '@gradclip/example-compare/worker';
import { randomOf, studentT } from '../numerics/draw.ts';

/** Inputs of the regression, examples a batch. */
const INPUTS = 20;
const BATCH = 16;
/** Of plain SGD on half the mean square. */
const RATE = 0.05;
/** Below 2 degrees of freedom the noise has no variance: now and then a gradient is a thousand times too large. */
const DEGREES = 1.2;

/**
 * Linear regression with heavy-tailed noise: `y = scale * (w · x + 0.1 * t)`, x from N(0, I), |w| = 1, t from Student's
 * distribution with 1.2 degrees of freedom.
 */
export interface Regression {
  readonly gradients: Float64Array;
  readonly weights: Float64Array;
  /** A new target, and weights of 0. */
  restart(): void;
  /** Draws a batch at this scale and fills `gradients`. */
  gradient(scale: number): void;
  /** One step of SGD. */
  descend(): void;
  /** |w_hat - scale * w| / scale */
  error(scale: number): number;
}

export function createRegression(seed: number): Regression {
  const random = randomOf(seed, 0);
  const target = new Float64Array(INPUTS);
  const weights = new Float64Array(INPUTS);
  const gradients = new Float64Array(INPUTS);
  const input = new Float64Array(INPUTS);

  function restart(): void {
    direction(target, random);
    weights.fill(0);
  }

  function gradient(scale: number): void {
    gradients.fill(0);
    for (let i = 0; i < BATCH; i++) {
      let wanted = 0;
      let found = 0;
      for (let j = 0; j < INPUTS; j++) {
        const x = gaussian(random);
        input[j] = x;
        wanted += target[j]! * x;
        found += weights[j]! * x;
      }
      const residual = (found - scale * (wanted + 0.1 * studentT(random, DEGREES))) / BATCH;
      for (let j = 0; j < INPUTS; j++) gradients[j]! += residual * input[j]!;
    }
  }

  function descend(): void {
    for (let j = 0; j < INPUTS; j++) weights[j]! -= RATE * gradients[j]!;
  }

  function error(scale: number): number {
    let sum = 0;
    for (let j = 0; j < INPUTS; j++) sum += (weights[j]! / scale - target[j]!) ** 2;
    return Math.sqrt(sum);
  }

  restart();
  return { gradients, weights, restart, gradient, descend, error };
}

/** Fills with a random direction of length 1. */
function direction(values: Float64Array, random: Random): void {
  let sum = 0;
  for (let j = 0; j < values.length; j++) {
    values[j] = gaussian(random);
    sum += values[j]! ** 2;
  }
  const length = Math.sqrt(sum);
  for (let j = 0; j < values.length; j++) values[j]! /= length;
}
