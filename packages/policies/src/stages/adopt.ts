import { assertOptions, defineStage } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { assertBoolean, assertDecay, assertNotNegative, assertPositive } from '../options.ts';
import { elements } from './elements.ts';
import type { Elements } from './elements.ts';

export type AdoptOptions = {
  /** The weight the old second moment keeps, in [0, 1). Default 0.9999. */
  readonly beta2?: number;
  /** The least the root of a second moment counts, finite and > 0. Default 1e-6. */
  readonly eps?: number;
  /** The bound grows as the step to this power, finite and >= 0; 0 for a bound of 1. Default 0.25. */
  readonly exponent?: number;
  /** Leaves the first step alone, and elements whose second moment is 0. Default false, as published. */
  readonly guarded?: boolean;
};

/**
 * ADOPT's bound: element by element, `g_i / max(sqrt(v_i), eps)` is clamped to `±t^exponent` at step t = 0, 1, …, where
 * `v_i = beta2 * v_i + (1 - beta2) * g_i^2` is the second moment before this step.
 *
 * First steps: step 0 only fills v, with the squares of the gradient, and leaves zeros: nothing is learned from it. The
 * current gradient does not count in its own bound; gradients are recorded as they came.
 * State: 8 bytes an element. t counts the steps taken with the tensor.
 * The stage leaves gradients in their own unit: `clamp(g_i, ±t^exponent * max(sqrt(v_i), eps))`. ADOPT goes on with what is
 * divided by the root, without a second moment after it.
 * Trap: an element that was 0 in step 0 has a bound of about `eps` at the next, and a small one for long. `guarded` lets
 * it pass, and hands step 0 to optimizers that would count a zero gradient as a step.
 * Elements beyond 1e150 in magnitude (float64 only) are out of its range.
 * Source: Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853, and its code of November 2024 with clipping,
 * https://github.com/iShohei220/adopt
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const clipper = createClipper(Infinity);
 * const stages = [adopt()];
 * const W = new Float64Array(1);
 * const sent = [2, 10, -1].map((x) => {
 *   W[0] = x;
 *   clipBuffers({ W }, clipper, { stages });
 *   return W[0];
 * });
 * sent; // [0, 2, -1]
 */
export function adopt(options: AdoptOptions = {}): GradientStage {
  assertOptions('adopt', options, ['beta2', 'eps', 'exponent', 'guarded']);
  const { beta2 = 0.9999, eps = 1e-6, exponent = 0.25, guarded = false } = options;
  assertDecay('adopt', 'beta2', beta2);
  assertPositive('adopt', 'eps', eps);
  assertNotNegative('adopt', 'exponent', exponent);
  assertBoolean('adopt', 'guarded', guarded);

  return defineStage<Elements>({
    name: 'adopt',
    options: { beta2, eps, exponent, guarded },
    ...elements,
    transform({ steps, values }, gradient) {
      if (guarded && steps === 0) return;
      const limit = steps && steps ** exponent;
      for (let i = 0; i < gradient.length; i++) {
        const v = values[i]!;
        if (guarded && v === 0) continue;
        const bound = limit * Math.max(Math.sqrt(v), eps);
        gradient[i] = Math.min(Math.max(gradient[i]!, -bound), bound);
      }
    },
    commit(state, raw) {
      const { values, steps } = state;
      const b = steps && beta2;
      for (let i = 0; i < raw.length; i++) values[i] = b * values[i]! + (1 - b) * raw[i]! * raw[i]!;
      state.steps++;
    },
  });
}
