import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertNotNegative, assertPositive } from './options.ts';
import { short } from './short.ts';
import { slidingMoments } from './structures/slidingMoments.ts';
import type { SlidingMomentsState } from './structures/slidingMoments.ts';

export type NormQueueOptions = {
  /** How many means are in the threshold, finite and > 0. Default 1.5. */
  readonly meanFactor?: number;
  /** How many standard deviations are in the threshold, finite and >= 0. Default 2. */
  readonly stdFactor?: number;
  /** How many norms they are taken of, an integer >= 1. Default 50. */
  readonly window?: number;
  /** A norm that is in the queue from the start, in the unit of the norm, finite and > 0; Infinity: the queue starts empty. Default 3000. */
  readonly seed?: number;
};

type NormQueueState = {
  /** The last answer. */
  threshold: number;
  readonly queue: SlidingMomentsState;
};

/**
 * Clips to `threshold = meanFactor * mean + stdFactor * deviation` of the last `window` norms, 1.5 means and 2 deviations as
 * in the equivariant diffusion models for molecules; the deviation is that of a population.
 *
 * First steps: the queue holds the seed of 3000, so that the first threshold is 4500. The seed holds the threshold up until
 * it has left the queue, 50 steps later: nothing usual is clipped until then. With `seed: Infinity` the first norm passes,
 * and the rule needs no scale.
 * History: norms cut to their own threshold. The current norm counts only for later steps. A threshold of 0 does not clip
 * (the code makes zeros of the gradient, for ever).
 * Traps: with a seed, norms far above 4500 are clipped from the first step on. While every step is clipped the threshold
 * rises, by some 5 percent a step once the queue is full: a lasting rise of 100 times is followed within some 80 steps, and
 * `rewarm` from '@gradclip/core' is quicker. An explosion is followed as well: put `cap` around it.
 * Left out: the 1e-6 that PyTorch adds to the norm, which is `epsilon` of the clipper.
 * Source: Hoogeboom, Satorras, Vignac, Welling 2022, https://arxiv.org/abs/2203.17003; gradient_clipping in
 * https://github.com/ehoogeboom/e3_diffusion_for_molecules/blob/main/utils.py
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * // 1.5 * 2 + 2 * 0, to which 4 is cut; then 1.5 * 2.5 + 2 * 0.5
 * simulate(normQueue({ window: 2, seed: Infinity }), [2, 4, 9]).map((decision) => decision.threshold); // [Infinity, 3, 4.75]
 */
export function normQueue(options: NormQueueOptions = {}): ClipPolicy {
  assertOptions('normQueue', options, ['meanFactor', 'stdFactor', 'window', 'seed']);
  const { meanFactor = 1.5, stdFactor = 2, window = 50, seed = 3000 } = options;
  assertPositive('normQueue', 'meanFactor', meanFactor);
  assertNotNegative('normQueue', 'stdFactor', stdFactor);
  assertOption('normQueue', 'window', window, Number.isInteger(window) && window >= 1, 'an integer >= 1');
  assertOption('normQueue', 'seed', seed, typeof seed === 'number' && seed > 0, 'a number > 0');

  const moments = slidingMoments(window);
  const thresholdOf = ({ queue }: NormQueueState) => {
    const { count, mean, spread } = moments.value(queue);
    if (mean === 0) return Infinity;
    return Math.max(meanFactor * mean + stdFactor * (spread / Math.sqrt(count)), Number.MIN_VALUE);
  };
  return definePolicy<NormQueueState>({
    name: 'normQueue',
    options: { meanFactor, stdFactor, window, seed },
    init() {
      const queue = moments.init();
      if (seed < Infinity) moments.record(queue, seed);
      return { threshold: Infinity, queue };
    },
    decide(state, { norm }) {
      const threshold = thresholdOf(state);
      moments.record(state.queue, Math.min(norm, threshold));
      state.threshold = threshold;
      return [threshold, state];
    },
    forecast: thresholdOf,
    explain({ threshold, queue }) {
      const { count, mean, spread } = moments.value(queue);
      const deviation = spread / Math.sqrt(Math.max(count, 1));
      const now = `of ${count} norms the mean is now ${short(mean)}, the deviation ${short(deviation)}`;
      if (threshold === Infinity) return `no threshold: no norm was known, or all were 0; ${now}`;
      return `threshold ${short(threshold)} = ${meanFactor} * mean + ${stdFactor} * deviation; ${now}`;
    },
  });
}
