import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertBoolean, assertDecay, assertNotNegative, assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';
import { root } from './structures/root.ts';
import { slidingMoments } from './structures/slidingMoments.ts';
import type { SlidingMomentsState } from './structures/slidingMoments.ts';

type LevanterOptions = {
  /** Which published rule. Default 'levanter': of a window. */
  readonly variant?: 'levanter';
  /** How many standard deviations above the mean the threshold is, finite and > 0. Default 3. */
  readonly sigmaFactor?: number;
  /** How many norms mean and deviation are taken of, an integer >= 2. Nothing is clipped before half of them are known, at least 2. Default 128. */
  readonly window?: number;
  /** The least standard deviation, in the unit of the gradient, finite and >= 0. Default 1e-6. */
  readonly stdFloor?: number;
};

type OpenSoraOptions = {
  /** Exponential averages of the norms that were not clipped. */
  readonly variant: 'openSora';
  /** As above. Default 3. */
  readonly sigmaFactor?: number;
  /** The weight the old averages keep, in [0, 1). Default 0.99. */
  readonly decay?: number;
  /** The mean starts at three times the first norm, at most at this, in the unit of the gradient, > 0; Infinity: no limit. Default 1. */
  readonly initialNorm?: number;
  /** Whether the traps of the start are avoided: no limit to it, and zero norms neither start an average nor enter one. Default false, as published. */
  readonly guarded?: boolean;
};

export type MeanPlusStdOptions = LevanterOptions | OpenSoraOptions;

/** Of 'openSora'; `mean` is null until the first norm. */
type OpenSoraState = { readonly mean: number | null; readonly std: number };

/**
 * Clips to the mean of the norms plus some standard deviations: `threshold = mean + sigmaFactor * std`.
 *
 * - 'levanter': mean and population deviation, at least `stdFloor`, of the last `window` norms as they were before clipping,
 *   recorded so on purpose: then the threshold cannot collapse. First steps: the first `window / 2` norms pass. A mean of 0 does
 *   not clip (Levanter clips to the floor there).
 * - 'openSora': `mean = decay * mean + (1 - decay) * n`, then `std^2 = decay * std^2 + (1 - decay) * (mean - n)^2`, with the new
 *   mean, for the norms at or below their threshold only. First steps: the first norm passes, and sets
 *   `mean = min(3 * n, initialNorm)`, `std = 0`; the second one meets that mean as its threshold.
 *
 * The current norm counts only for later steps.
 * Traps: the floor of 'levanter' is absolute: where norms are below 1e-6 it never clips; `stdFloor: 0` ends that.
 * 'openSora' locks up, and then clips every step and learns nothing more: from the start where norms are above initialNorm,
 * and after every lasting rise above the threshold. `guarded` starts at the level of the norms, and `rewarm` from
 * '@gradclip/core' around that ends a lock-up: `rewarm(meanPlusStd({ variant: 'openSora', guarded: true }), { after: 50 })`.
 * After a first norm of 0 the published rule makes every gradient 0; here the rule never clips then, unless `guarded`.
 * Left out: above `max(mean + 5 * std, 5)` the code of 'openSora' ends the training; and the 1e-6 in its factor, which is
 * `1 / (norm / threshold + 1e-6)`: `epsilon` of the clipper is the same where the threshold is 1.
 * Source: clip_update_norm.py of Levanter, there on updates, https://github.com/stanford-crfm/levanter;
 * adaptive_clip_grad_norm_fp32_with_distributed_optimizer of Open-Sora Plan 1.5,
 * https://github.com/PKU-YuanGroup/Open-Sora-Plan/blob/mindspeed_mmdit/megatron/core/optimizer/clip_grads.py
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(meanPlusStd({ window: 2, sigmaFactor: 2 }), [1, 3, 9, 2]).map((decision) => decision.threshold); // [Infinity, Infinity, 4, 12]
 * simulate(meanPlusStd({ variant: 'openSora' }), [0.25, 9, 9]).map((decision) => decision.normAfter); // [0.25, 0.75, 0.75]
 */
export function meanPlusStd(options: MeanPlusStdOptions = {}): ClipPolicy {
  assertOptions('meanPlusStd', options, [
    'variant',
    'sigmaFactor',
    'window',
    'stdFloor',
    'decay',
    'initialNorm',
    'guarded',
  ]);
  const { variant = 'levanter', sigmaFactor = 3 } = options;
  assertOneOf('meanPlusStd', 'variant', variant, ['levanter', 'openSora']);
  assertPositive('meanPlusStd', 'sigmaFactor', sigmaFactor);
  return options.variant === 'openSora' ? openSora(options) : levanter(options);
}

function levanter(options: LevanterOptions): ClipPolicy<SlidingMomentsState> {
  assertOptions('meanPlusStd', options, ['variant', 'sigmaFactor', 'window', 'stdFloor']);
  const { sigmaFactor = 3, window = 128, stdFloor = 1e-6 } = options;
  assertOption('meanPlusStd', 'window', window, Number.isInteger(window) && window >= 2, 'an integer >= 2');
  assertNotNegative('meanPlusStd', 'stdFloor', stdFloor);
  const needed = Math.max(2, Math.floor(window / 2));
  const norms = slidingMoments(window);
  const forecast = (state: SlidingMomentsState) => {
    const { count, mean, spread } = norms.value(state);
    if (count < needed || mean === 0) return Infinity;
    return mean + sigmaFactor * Math.max(spread / Math.sqrt(count), stdFloor);
  };
  return definePolicy<SlidingMomentsState>({
    name: 'meanPlusStd',
    options: { variant: 'levanter', sigmaFactor, window, stdFloor },
    init: norms.init,
    decide(state, { norm }) {
      const threshold = forecast(state);
      norms.record(state, norm);
      return [threshold, state];
    },
    forecast,
    explain(state) {
      const { count, mean, spread } = norms.value(state);
      const std = short(spread / Math.sqrt(Math.max(count, 1)));
      const known = `mean ${short(mean)} and std ${std} of ${count} norms`;
      return `threshold ${short(forecast(state))} next, from ${known}; ${needed} are needed`;
    },
  });
}

function openSora(options: OpenSoraOptions): ClipPolicy<OpenSoraState> {
  assertOptions('meanPlusStd', options, ['variant', 'sigmaFactor', 'decay', 'initialNorm', 'guarded']);
  const { sigmaFactor = 3, decay = 0.99, initialNorm = 1, guarded = false } = options;
  assertDecay('meanPlusStd', 'decay', decay);
  const isNorm = typeof initialNorm === 'number' && initialNorm > 0;
  assertOption('meanPlusStd', 'initialNorm', initialNorm, isNorm, 'a number > 0');
  assertBoolean('meanPlusStd', 'guarded', guarded);
  const limit = guarded ? Number.MAX_VALUE : Math.min(initialNorm, Number.MAX_VALUE);
  const [kept, added] = [Math.sqrt(decay), Math.sqrt(1 - decay)];
  const limitOf = ({ mean, std }: OpenSoraState) => (mean === null ? Infinity : mean + sigmaFactor * std);
  const forecast = (state: OpenSoraState) => limitOf(state) || Infinity;
  return definePolicy<OpenSoraState>({
    name: 'meanPlusStd',
    options: { variant: 'openSora', sigmaFactor, decay, initialNorm, guarded },
    init: () => ({ mean: null, std: 0 }),
    decide: (state, { norm }) => [forecast(state), next(state, norm)],
    forecast,
    explain(state) {
      if (state.mean === null) return 'no threshold: no norm was known';
      return `threshold ${short(forecast(state))} next, from mean ${short(state.mean)} and std ${short(state.std)} of the norms not clipped`;
    },
  });

  function next(state: OpenSoraState, norm: number): OpenSoraState {
    if (guarded && norm === 0) return state;
    if (state.mean === null) return { mean: Math.min(3 * norm, limit), std: 0 };
    if (norm > limitOf(state)) return state;
    const mean = decay * state.mean + (1 - decay) * norm;
    return { mean, std: root(kept * state.std, added * Math.abs(mean - norm)) };
  }
}
