import { assertOption, assertOptions, defineStage } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { assertBoolean, assertDecay } from '../options.ts';
import { elements } from './elements.ts';
import type { Elements } from './elements.ts';

const OPTIONS = ['theta', 'beta2', 'deltaT', 'gradAccuSteps', 'guarded'];

export type SpamOptions = {
  /** What the square of an element may be, in its second moments, a number > 0. Default 5000. */
  readonly theta?: number;
  /** The weight the old second moment keeps, in [0, 1): that of the Adam that follows. Default 0.999. */
  readonly beta2?: number;
  /** Steps of a cycle, at whose end the second moments become 0; an integer >= 1, Infinity for one cycle. Default 500. */
  readonly deltaT?: number;
  /** First steps of a cycle that are not clipped, an integer >= 0. Default 20. */
  readonly gradAccuSteps?: number;
  /** Leaves elements alone whose second moment is 0, which else become 0 and stay so. Default false, as published. */
  readonly guarded?: boolean;
};

/**
 * SPAM's spike-aware clipping: `g_i^2 > theta * v_i` makes `g_i = sign(g_i) * sqrt(theta * v_i)`, element by element, where
 * `v_i = beta2 * v_i + (1 - beta2) * g_i^2` is the second moment before this step, not bias corrected, of clipped elements.
 *
 * First steps: up to step 19 of the run, and for 20 steps of every later cycle (`gradAccuSteps`, the reset included),
 * gradients pass unchanged and are recorded. The current gradient does not count in its own bound.
 * State: 8 bytes an element; the second moments are the stage's own, those of the optimizer are out of its reach.
 * Step t counts the steps that were taken with the tensor.
 * Trap: an element that was 0 in every unclipped step has v = 0, becomes 0 when it first moves, and so on until the next
 * cycle: an embedding of a rare token is not learned. `guarded` lets it pass once, which gives it a moment.
 * Elements beyond 1e150 in magnitude (float64 only) are out of its range.
 * Not here: the reset of the optimizer's moments, the warm-up of the learning rate after it, the sparse momentum.
 * Source: Huang et al. 2025, https://arxiv.org/abs/2501.06842; steps and defaults: galore_torch/SPAM.py in
 * https://github.com/TianjinYellow/SPAM-Optimizer
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const clipper = createClipper(Infinity);
 * const stages = [spam({ theta: 4, beta2: 0.75, gradAccuSteps: 2 })];
 * const W = new Float64Array(1);
 * const sent = [2, 10, 1].map((x) => {
 *   W[0] = x;
 *   clipBuffers({ W }, clipper, { stages });
 *   return W[0];
 * });
 * sent; // [2, 2, 1]
 */
export function spam(options: SpamOptions = {}): GradientStage {
  assertOptions('spam', options, OPTIONS);
  const { theta = 5000, beta2 = 0.999, deltaT = 500, gradAccuSteps = 20, guarded = false } = options;
  assertOption('spam', 'theta', theta, typeof theta === 'number' && theta > 0, 'a number > 0');
  assertDecay('spam', 'beta2', beta2);
  const isCycle = deltaT === Infinity || (Number.isInteger(deltaT) && deltaT >= 1);
  assertOption('spam', 'deltaT', deltaT, isCycle, 'an integer >= 1, or Infinity');
  const isCount = Number.isInteger(gradAccuSteps) && gradAccuSteps >= 0;
  assertOption('spam', 'gradAccuSteps', gradAccuSteps, isCount, 'an integer >= 0');
  assertBoolean('spam', 'guarded', guarded);

  /** The place of the coming step in its cycle; step t has place t % deltaT, and place 0 begins anew. */
  const placeOf = ({ steps }: Elements): number => (steps + 1) % deltaT;
  const clipped = (x: number, v: number): number => {
    const isSpike = x * x > theta * v && !(guarded && v === 0);
    return isSpike ? Math.sign(x) * Math.sqrt(theta * v) : x;
  };
  return defineStage<Elements>({
    name: 'spam',
    options: { theta, beta2, deltaT, gradAccuSteps, guarded },
    ...elements,
    transform(state, gradient) {
      const place = placeOf(state);
      if (place < gradAccuSteps) return;
      const { values } = state;
      for (let i = 0; i < gradient.length; i++) gradient[i] = clipped(gradient[i]!, place === 0 ? 0 : values[i]!);
    },
    commit(state, raw) {
      const place = placeOf(state);
      const { values } = state;
      for (let i = 0; i < raw.length; i++) {
        const v = place === 0 ? 0 : values[i]!;
        const x = place < gradAccuSteps ? raw[i]! : clipped(raw[i]!, v);
        values[i] = beta2 * v + (1 - beta2) * x * x;
      }
      state.steps++;
    },
  });
}
