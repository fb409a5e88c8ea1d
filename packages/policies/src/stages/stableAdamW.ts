import { assertOption, assertOptions, defineStage } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { assertDecay } from '../options.ts';
import { elements } from './elements.ts';
import type { Elements } from './elements.ts';
import { multiply } from './multiply.ts';

export type StableAdamWOptions = {
  /** The weight the old second moment keeps, in [0, 1): that of the AdamW that follows. Default 0.99. */
  readonly beta2?: number;
  /** The square is the least a second moment counts, finite and >= 1e-150. Default 1e-6. */
  readonly eps?: number;
};

/**
 * StableAdamW's update clipping: `RMS = sqrt(mean(g_i^2 / max(v_i, eps^2)))` of a tensor, and `g = g / max(1, RMS)`, where
 * `v_i = b * v_i + (1 - b) * g_i^2` and `b = (beta2^t - beta2) / (beta2^t - 1)` at step t, which has the bias correction in it.
 *
 * First steps: at t = 1, b is 0 and RMS at most 1, so the first gradient passes unchanged. The current gradient, as it
 * came, counts in its own v: RMS is at most 1 / sqrt(1 - b). (A widely used version takes v before this step in one of two
 * code paths; that is another rule.)
 * State: 8 bytes an element. t counts the steps taken with the tensor.
 * The published rule divides the learning rate, also in weight decay. Dividing the gradient does the same before SGD;
 * AdamW after it has the smaller gradient in both moments, which takes back a part of the effect.
 * Elements beyond 1e150 in magnitude (float64 only) are out of its range.
 * Source: Wortsman et al. 2023, algorithm 2, https://arxiv.org/abs/2304.13013; as in optimi/stableadamw.py of
 * https://github.com/warner-benjamin/optimi
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const clipper = createClipper(Infinity);
 * const stages = [stableAdamW({ beta2: 0.5 })]; // b is 0, then 1/3
 * const [W, V] = [Float64Array.of(0), Float64Array.of(3)];
 * [W, V].map((gradient) => clipBuffers({ W: gradient }, clipper, { stages }).norm); // [0, 2.449489742783178]
 */
export function stableAdamW(options: StableAdamWOptions = {}): GradientStage {
  assertOptions('stableAdamW', options, ['beta2', 'eps']);
  const { beta2 = 0.99, eps = 1e-6 } = options;
  assertDecay('stableAdamW', 'beta2', beta2);
  // The square of a smaller one would be 0.
  assertOption('stableAdamW', 'eps', eps, Number.isFinite(eps) && eps >= 1e-150, 'a finite number >= 1e-150');

  const weightAt = (t: number): number => (beta2 ** t - beta2) / (beta2 ** t - 1);
  return defineStage<Elements>({
    name: 'stableAdamW',
    options: { beta2, eps },
    ...elements,
    transform({ steps, values }, gradient) {
      const b = weightAt(steps + 1);
      let sum = 0;
      for (let i = 0; i < gradient.length; i++) {
        const square = gradient[i]! * gradient[i]!;
        sum += square / Math.max(b * values[i]! + (1 - b) * square, eps * eps);
      }
      multiply(gradient, 1 / Math.max(1, Math.sqrt(sum / (gradient.length || 1))));
    },
    commit(state, raw) {
      const { values } = state;
      const b = weightAt(++state.steps);
      for (let i = 0; i < raw.length; i++) values[i] = b * values[i]! + (1 - b) * raw[i]! * raw[i]!;
    },
  });
}
