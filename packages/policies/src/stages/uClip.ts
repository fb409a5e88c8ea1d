import { assertOption, assertOptions, defineStage } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { elements } from './elements.ts';
import type { Elements } from './elements.ts';
import { multiply } from './multiply.ts';
import { norm } from './norm.ts';

export type UClipOptions = {
  /** Clamps every element to ±gamma, a number > 0. Default Infinity: the clipper alone clips. */
  readonly gamma?: number;
  /** The largest norm of what is carried of a tensor, in norms of what was sent, >= 0. Default Infinity, as published. */
  readonly carryLimit?: number;
};

/**
 * U-Clip: what clipping takes away is added to the next gradient: `u = clip(g + c)`, `c = g + c - u`. The sum of what was
 * sent differs from the sum of the gradients by c alone, so that clipping has no bias on average.
 *
 * `clip` is a clamp to ±gamma, and whatever later stages and the clipper do: with a policy it is that policy's clipping.
 * First steps: nothing is carried, and the first gradient goes through as it came. A policy then sees norms of `g + c`.
 * Where nothing is clipped, only the rounding of float32 is carried. A step that is not taken neither adds nor loses.
 * State: 8 bytes an element.
 * Trap: where the mean gradient is larger than the bound, c grows as long as training lasts and goes on pushing in its
 * direction when the gradient has turned; the paper asks for a bound above the mean. A policy that follows the norms (`auto`,
 * `percentile` and other adaptive rules) sees one spike as norms that are large from then on, takes that for a new scale, and the
 * whole spike goes through later. `carryLimit` ends both, 10 say.
 * Source: Elesedy and Hutter 2023, algorithm 1, https://arxiv.org/abs/2302.02971
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const clipper = createClipper(1);
 * const stages = [uClip()];
 * const W = new Float64Array(1);
 * const sent = [2.5, 0, 0, 0].map((x) => {
 *   W[0] = x;
 *   clipBuffers({ W }, clipper, { stages });
 *   return W[0];
 * });
 * sent; // [1, 1, 0.5, 0]
 */
export function uClip(options: UClipOptions = {}): GradientStage {
  assertOptions('uClip', options, ['gamma', 'carryLimit']);
  const { gamma = Infinity, carryLimit = Infinity } = options;
  assertOption('uClip', 'gamma', gamma, typeof gamma === 'number' && gamma > 0, 'a number > 0');
  const isLimit = typeof carryLimit === 'number' && carryLimit >= 0;
  assertOption('uClip', 'carryLimit', carryLimit, isLimit, 'a number >= 0');

  return defineStage<Elements>({
    name: 'uClip',
    options: { gamma, carryLimit },
    ...elements,
    transform({ values }, gradient) {
      for (let i = 0; i < gradient.length; i++)
        gradient[i] = Math.min(Math.max(gradient[i]! + values[i]!, -gamma), gamma);
    },
    commit(state, raw, sent) {
      const { values } = state;
      for (let i = 0; i < raw.length; i++) values[i] = raw[i]! + values[i]! - sent[i]!;
      state.steps++;
      if (carryLimit === Infinity) return;
      const [carried, most] = [norm(values), carryLimit * norm(sent)];
      if (carried > most) multiply(values, most / carried);
    },
  });
}
