import { assertOption, assertOptions, defineStage } from '@gradclip/core';
import type { GradientArray, GradientStage } from '@gradclip/core';
import { assertBoolean, assertDecay, assertPositive } from '../options.ts';
import { largest } from './largest.ts';

const OPTIONS = ['gamma1', 'gamma2', 'gamma3', 'eps', 'deltaT', 'totalT', 'etaMin', 'guarded'];

export type StableSpamOptions = {
  /** The weight the average norm keeps, in [0, 1). Default 0.7, for 4 bits; 0.85 for bfloat16. */
  readonly gamma1?: number;
  /** The weight the average squared norm keeps, in [0, 1). Default 0.9, for 4 bits; 0.99999 for bfloat16. */
  readonly gamma2?: number;
  /** The weight the average of the largest magnitudes keeps, in [0, 1). Default 0.999. */
  readonly gamma3?: number;
  /** Added to the root of the average squared norm, finite and > 0. Default 1e-8. */
  readonly eps?: number;
  /** Every so many steps the step count of the bias corrections starts again; an integer >= 1 or Infinity. Default 1000. */
  readonly deltaT?: number;
  /** Steps of the run, an integer >= 1: over them gamma1 falls along a cosine. Default null: it stays. */
  readonly totalT?: number | null;
  /** What is left of gamma1 at the end, in [0, 1]. Default 0.5. */
  readonly etaMin?: number;
  /** Never starts the step count again. Default false, as published. */
  readonly guarded?: boolean;
};

/** The three averages, the step count of their bias corrections, and that of the run. */
type StableSpamState = { max: number; norm: number; square: number; step: number; total: number };

/**
 * Stable-SPAM's two steps for a tensor. AdaClip: `T = M / (1 - gamma3^t)` of the average M of the largest magnitudes, and
 * every element beyond T becomes `g_i * T / max|g|`. AdaGN: `g = g / n * m / (sqrt(v) + eps)` of the norm n after AdaClip and
 * the bias corrected averages m of n (gamma1) and v of n^2 (gamma2).
 *
 * First steps: the first gradient has T = max|g| and comes out with norm 1. The current gradient counts in all three
 * averages. Zero gradients pass as they are and are recorded.
 * State: 5 numbers a tensor. AdaClip is no clamp but a rescale: an element just beyond T can end far below it. What comes
 * out has a norm of about 1 whatever went in, so that a small gradient grows.
 * Trap: each `deltaT` steps the published code sets the step count to 1, so that the corrections divide by 1 - gamma3^2 =
 * 0.002 and T is hundreds of times too high for a long time. `guarded` lets the count go on.
 * Not here: the reset of the optimizer's moments, and the cosine in its beta1.
 * Elements beyond 1e150 in magnitude (float64 only) are out of its range.
 * Source: Huang et al. 2025, https://arxiv.org/abs/2502.17055, versions 1 and 2 (version 3 is another paper); steps and
 * defaults: galore_torch/stablespam.py in https://github.com/TianjinYellow/StableSPAM
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const clipper = createClipper(Infinity);
 * const W = Float64Array.of(3, -4);
 * clipBuffers({ W }, clipper, { stages: [stableSpam({ eps: 1e-300 })] });
 * [...W]; // [0.6, -0.8]
 */
export function stableSpam(options: StableSpamOptions = {}): GradientStage {
  assertOptions('stableSpam', options, OPTIONS);
  const { gamma1 = 0.7, gamma2 = 0.9, gamma3 = 0.999, eps = 1e-8 } = options;
  const { deltaT = 1000, totalT = null, etaMin = 0.5, guarded = false } = options;
  for (const [name, gamma] of Object.entries({ gamma1, gamma2, gamma3 })) assertDecay('stableSpam', name, gamma);
  assertPositive('stableSpam', 'eps', eps);
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
  assertOption('stableSpam', 'deltaT', deltaT, deltaT === Infinity || isCount(deltaT), 'an integer >= 1, or Infinity');
  assertOption('stableSpam', 'totalT', totalT, totalT === null || isCount(totalT), 'an integer >= 1, or null');
  assertOption('stableSpam', 'etaMin', etaMin, typeof etaMin === 'number' && etaMin >= 0 && etaMin <= 1, 'in [0, 1]');
  assertBoolean('stableSpam', 'guarded', guarded);

  const scaleAt = (total: number): number =>
    totalT === null ? 1 : etaMin + ((1 - etaMin) * (1 + Math.cos((Math.PI * total) / (totalT + 1)))) / 2;

  /** The averages with a gradient in them, and what is done to it: elements beyond `limit`, then all by `factor`. */
  const averaged = (state: StableSpamState, gradient: GradientArray) => {
    const [step, total] = [state.step + 1, state.total + 1];
    const top = largest(gradient);
    const max = gamma3 * state.max + (1 - gamma3) * top;
    const limit = max / (1 - gamma3 ** step);
    const n = top && normAfter(gradient, top, limit);
    const weight = gamma1 * scaleAt(total);
    const norm = weight * state.norm + (1 - weight) * n;
    const square = gamma2 * state.square + (1 - gamma2) * n * n;
    const wanted = norm / (1 - weight ** step) / (Math.sqrt(square / (1 - gamma2 ** step)) + eps);
    return { max, norm, square, step, total, top, limit, factor: n > 0 ? wanted / n : 1 };
  };

  return defineStage<StableSpamState>({
    name: 'stableSpam',
    options: { gamma1, gamma2, gamma3, eps, deltaT, totalT, etaMin, guarded },
    init: () => ({ max: 0, norm: 0, square: 0, step: 0, total: 0 }),
    transform(state, gradient) {
      const { top, limit, factor } = averaged(state, gradient);
      for (let i = 0; i < gradient.length; i++) gradient[i] = rescaled(gradient[i]!, top, limit) * factor;
    },
    commit(state, raw) {
      const { max, norm, square, step, total } = averaged(state, raw);
      const starts = !guarded && total % deltaT === 0;
      Object.assign(state, { max, norm, square, step: starts ? 1 : step, total });
    },
  });
}

function rescaled(x: number, top: number, limit: number): number {
  return Math.abs(x) > limit ? (x / top) * limit : x;
}

/** The norm after AdaClip, in parts of the largest element, so that squares neither overflow nor vanish. */
function normAfter(gradient: GradientArray, top: number, limit: number): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += (rescaled(gradient[i]!, top, limit) / top) ** 2;
  return top * Math.sqrt(sum);
}
