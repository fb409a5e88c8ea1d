import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { landing } from './landing.ts';
import { assertBoolean, assertDecay, assertNotNegative, assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';
import { blend } from './structures/blend.ts';
import { root } from './structures/root.ts';
import { slidingMoments } from './structures/slidingMoments.ts';
import type { SlidingMomentsState } from './structures/slidingMoments.ts';

const OPTIONS = [
  'variant',
  'mode',
  'adjustment',
  'zThresh',
  'alpha',
  'warmupSteps',
  'maxGradNorm',
  'clipFactor',
  'eps',
  'skipUpdateOnSpike',
];

export type ZClipOptions = {
  /** 'code': the repository. 'paper': no cap unless one is given, and clipFactor multiplies the deviation alone. Default 'code'. */
  readonly variant?: 'code' | 'paper';
  /** 'zscore', or 'percentile', which is none: it clips to mean + zThresh * deviation. Default 'zscore'. */
  readonly mode?: 'zscore' | 'percentile';
  /** Of 'zscore', where a spike lands: 'reciprocal' (the code's adaptive_scaling), 'mean', or the paper's 'max'. Default 'reciprocal'. */
  readonly adjustment?: 'reciprocal' | 'mean' | 'max';
  /** The z-score above which a norm is a spike, finite and > 0. Default 2.5; the authors use 2 for learning rates from 3e-3 on. */
  readonly zThresh?: number;
  /** The weight that mean and variance keep, in [0, 1). Default 0.97. */
  readonly alpha?: number;
  /** How many first norms mean and variance start from, an integer >= 1. Default 25. */
  readonly warmupSteps?: number;
  /** A norm that is never exceeded, also during the warm-up, > 0; Infinity is none. Default 1; 'paper': Infinity. */
  readonly maxGradNorm?: number;
  /** Of 'reciprocal': multiplies where a spike lands, finite and > 0; the authors advise 0.5 to 0.9 for noisy gradients. Default 1. */
  readonly clipFactor?: number;
  /** Added to the deviation in the z-score, in the unit of the norm, finite and >= 0. Default 1e-6. */
  readonly eps?: number;
  /** Whether spikes are left out of mean and variance. Default false. */
  readonly skipUpdateOnSpike?: boolean;
};

type ZClipState = {
  /** The last trigger; Infinity while there was none. */
  trigger: number;
  /** The norms of the warm-up; null after it. */
  first: SlidingMomentsState | null;
  /** Exponential, from the warm-up on; 0 before. */
  mean: number;
  deviation: number;
};

/**
 * ZClip: a norm n whose z-score `z = (n - mean) / (deviation + eps)` is above zThresh lands at
 * `mean + zThresh * deviation * zThresh / z`; the larger the spike, the nearer to the mean.
 *
 * First steps: the first `warmupSteps` norms meet only the cap; their mean and population variance are the start.
 * History: a spike enters with the norm it lands at, before the cap, any other norm as it is:
 * `mean = alpha * mean + (1 - alpha) * x`, then `variance = alpha * variance + (1 - alpha) * (x - mean)^2` with the new mean.
 * The current norm counts only for later steps. 'reciprocal' has no forecast: where a spike lands depends on its norm.
 * Traps: the default cap of 1 makes the default clipping by a constant for norms above 1; give `maxGradNorm: Infinity`, or a
 * cap in the unit of your norms. 'reciprocal' and 'mean' lock in after a lasting rise of 10 times, 'mean' of 3 times, and
 * after a warm-up of zeros, 'reciprocal' then less often: every step is a spike that teaches next to nothing; `rewarm` from
 * '@gradclip/core' ends that. 'max' and 'percentile' recover by themselves, unless the deviation was exactly 0. A mean of 0 clips nothing (the code makes zeros of the gradient, for ever). `eps` is
 * in the unit of the norm: 0 makes the rule scale-free.
 * Left out: the 1e-6 in the factor of a hit, which is `epsilon` of the clipper.
 * Source: Kumar et al. 2025, https://arxiv.org/abs/2504.02507, and https://github.com/bluorion-com/ZClip
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * // mean 2, deviation 1, so 2 + 2 * 1 = 4 is the trigger; 10 has z = 8 and lands at 2 + 2 * 1 * 2 / 8
 * simulate(zClip({ warmupSteps: 2, zThresh: 2, eps: 0, maxGradNorm: Infinity }), [1, 3, 10]).map((decision) => decision.normAfter); // [1, 3, 2.5]
 */
export function zClip(options: ZClipOptions = {}): ClipPolicy {
  assertOptions('zClip', options, OPTIONS);
  const { variant = 'code', mode = 'zscore', adjustment = 'reciprocal', zThresh = 2.5, alpha = 0.97 } = options;
  const { warmupSteps = 25, maxGradNorm = variant === 'paper' ? Infinity : 1, clipFactor = 1, eps = 1e-6 } = options;
  const { skipUpdateOnSpike = false } = options;
  const statistics = { zThresh, alpha, warmupSteps, eps, skipUpdateOnSpike };
  const all = { variant, mode, adjustment, ...statistics, maxGradNorm, clipFactor };
  assertOneOf('zClip', 'variant', variant, ['code', 'paper']);
  assertOneOf('zClip', 'mode', mode, ['zscore', 'percentile']);
  assertOneOf('zClip', 'adjustment', adjustment, ['reciprocal', 'mean', 'max']);
  assertPositive('zClip', 'zThresh', zThresh);
  assertDecay('zClip', 'alpha', alpha);
  const isCount = Number.isInteger(warmupSteps) && warmupSteps >= 1;
  assertOption('zClip', 'warmupSteps', warmupSteps, isCount, 'an integer >= 1');
  const isCap = typeof maxGradNorm === 'number' && maxGradNorm > 0;
  assertOption('zClip', 'maxGradNorm', maxGradNorm, isCap, 'a number > 0');
  assertPositive('zClip', 'clipFactor', clipFactor);
  assertNotNegative('zClip', 'eps', eps);
  assertBoolean('zClip', 'skipUpdateOnSpike', skipUpdateOnSpike);

  const oldWeight = Math.sqrt(alpha);
  const newWeight = Math.sqrt(1 - alpha);
  const reciprocal = mode === 'zscore' && adjustment === 'reciprocal';
  const warmup = slidingMoments(warmupSteps);
  /** Infinity while nothing is known. */
  const triggerOf = ({ mean, deviation }: ZClipState) =>
    mean === 0 ? Infinity : mean + zThresh * (mode === 'percentile' ? deviation : deviation + eps);
  /** Where a norm above the trigger lands; only 'reciprocal' asks for the norm. */
  const targetOf = ({ mean, deviation }: ZClipState, norm: number) => {
    if (mode === 'percentile' || adjustment === 'max') return asPositive(mean + zThresh * deviation);
    if (adjustment === 'mean') return asPositive(mean);
    const spread = zThresh * deviation * (zThresh * ((deviation + eps) / (norm - mean)));
    return asPositive(variant === 'code' ? clipFactor * (mean + spread) : mean + clipFactor * spread);
  };
  return definePolicy<ZClipState>({
    name: 'zClip',
    options: all,
    init: () => ({ trigger: Infinity, first: warmup.init(), mean: 0, deviation: 0 }),
    decide(state, { norm }) {
      const trigger = triggerOf(state);
      const isSpike = norm > trigger;
      const target = isSpike || !reciprocal ? targetOf(state, norm) : trigger;
      const bound = trigger === Infinity ? maxGradNorm : landing(trigger, target, maxGradNorm, norm)!;
      state.trigger = trigger;
      if (state.first) start(state, state.first, norm);
      else if (!isSpike || !skipUpdateOnSpike) update(state, isSpike ? target : norm);
      return [bound, state];
    },
    ...(!reciprocal && {
      forecast(state: ZClipState): ClipBound | undefined {
        const trigger = triggerOf(state);
        return trigger === Infinity ? maxGradNorm : landing(trigger, targetOf(state, NaN), maxGradNorm);
      },
    }),
    explain({ trigger, first, mean, deviation }) {
      const cap = maxGradNorm === Infinity ? '' : `; no norm above ${short(maxGradNorm)} passes`;
      if (first) return `warm-up: ${warmup.value(first).count} of ${warmupSteps} norms known${cap}`;
      const known = `the mean is now ${short(mean)}, the deviation ${short(deviation)}`;
      if (trigger === Infinity) return `no trigger yet: the warm-up has ended, or the mean was 0; ${known}${cap}`;
      return `norms above ${short(trigger)} were spikes; ${known}${cap}`;
    },
  });

  function start(state: ZClipState, first: SlidingMomentsState, norm: number): void {
    warmup.record(first, norm);
    const { count, mean, spread } = warmup.value(first);
    if (count < warmupSteps) return;
    state.first = null;
    state.mean = mean;
    state.deviation = spread / Math.sqrt(count);
  }

  function update(state: ZClipState, kept: number): void {
    state.mean = blend(alpha, state.mean, kept);
    state.deviation = root(oldWeight * state.deviation, newWeight * Math.abs(kept - state.mean));
  }
}
