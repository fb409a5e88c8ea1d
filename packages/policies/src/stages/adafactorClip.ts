import { assertOption, assertOptions, defineStage } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { assertPositive } from '../options.ts';
import { elements } from './elements.ts';
import type { Elements } from './elements.ts';
import { multiply } from './multiply.ts';

export type AdafactorClipOptions = {
  /** The largest root mean square of the update, a number > 0. Default 1. */
  readonly d?: number;
  /** c in the weight 1 - t^-c that the old second moment keeps, finite and > 0. Default 0.8. */
  readonly decayRate?: number;
  /** Added to the squares, finite and > 0: without it elements that are always 0 would have 0 / 0. Default 1e-30. */
  readonly eps1?: number;
};

/**
 * Adafactor's update clipping: with the update `U_i = g_i / sqrt(v_i)` of a tensor, `g = g / max(1, RMS(U) / d)`, where
 * `v_i = b * v_i + (1 - b) * (g_i^2 + eps1)` and `b = 1 - t^-decayRate` at step t.
 *
 * First steps: at t = 1, b is 0 and every U_i is 1 or -1, so with d >= 1 the first gradient passes unchanged. The current
 * gradient, as it came, counts in its own v. RMS(U) is at most 1 / sqrt(1 - b), the root of t^decayRate.
 * State: 8 bytes an element; the second moment is not factored into rows and columns. t counts the steps taken.
 * The published rule divides the update. Dividing the gradient does the same before SGD, with or without momentum; before
 * an optimizer with second moments of its own these see the smaller gradient.
 * Elements beyond 1e150 in magnitude (float64 only) are out of its range.
 * Source: Shazeer and Stern 2018, section 6, https://arxiv.org/abs/1804.04235; as in timm/optim/adafactor.py of
 * https://github.com/huggingface/pytorch-image-models
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const clipper = createClipper(Infinity);
 * const stages = [adafactorClip({ decayRate: 2 })]; // b is 0.75 at t = 2
 * const [W, V] = [Float64Array.of(1), Float64Array.of(9)];
 * [W, V].map((gradient) => clipBuffers({ W: gradient }, clipper, { stages }).norm); // [1, 4.58257569495584]
 */
export function adafactorClip(options: AdafactorClipOptions = {}): GradientStage {
  assertOptions('adafactorClip', options, ['d', 'decayRate', 'eps1']);
  const { d = 1, decayRate = 0.8, eps1 = 1e-30 } = options;
  assertOption('adafactorClip', 'd', d, typeof d === 'number' && d > 0, 'a number > 0');
  assertPositive('adafactorClip', 'decayRate', decayRate);
  assertPositive('adafactorClip', 'eps1', eps1);

  const weightAt = (t: number): number => 1 - t ** -decayRate;
  const moment = (v: number, x: number, b: number): number => b * v + (1 - b) * (x * x + eps1);
  return defineStage<Elements>({
    name: 'adafactorClip',
    options: { d, decayRate, eps1 },
    ...elements,
    transform({ steps, values }, gradient) {
      const b = weightAt(steps + 1);
      let sum = 0;
      for (let i = 0; i < gradient.length; i++) {
        const x = gradient[i]!;
        sum += (x * x) / moment(values[i]!, x, b);
      }
      multiply(gradient, 1 / Math.max(1, Math.sqrt(sum / (gradient.length || 1)) / d));
    },
    commit(state, raw) {
      const { values } = state;
      const b = weightAt(++state.steps);
      for (let i = 0; i < raw.length; i++) values[i] = moment(values[i]!, raw[i]!, b);
    },
  });
}
