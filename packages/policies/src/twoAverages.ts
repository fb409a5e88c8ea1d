import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { assertBoolean, assertDecay, assertPositive } from './options.ts';
import { short } from './short.ts';
import { blend } from './structures/blend.ts';

const OPTIONS = ['slowDecay', 'fastDecay', 'maxNormRatio', 'clipNormRatio', 'firstMaxNorm', 'firstClipNorm', 'guarded'];

export type TwoAveragesOptions = {
  /** The weight that the slow average keeps, in [0, 1); it says what is clipped. Default 0.99. */
  readonly slowDecay?: number;
  /** The weight that the fast average keeps, in [0, 1); it says to what. Default 0.9. */
  readonly fastDecay?: number;
  /** Norms above this many slow averages are clipped; finite and > 0. Default 2. */
  readonly maxNormRatio?: number;
  /** They land at this many fast averages; finite and > 0. Default 1.1. */
  readonly clipNormRatio?: number;
  /**
   * While no norm above 0 is known, or an average is 0: norms above this are clipped, in the unit of the norm, > 0; Infinity
   * clips none. Default 10,000.
   */
  readonly firstMaxNorm?: number;
  /** And land here, in the unit of the norm, finite and > 0. Default 1. */
  readonly firstClipNorm?: number;
  /**
   * Whether a norm that is clipped while none above 0 is known is recorded as it is; else that is so of the very first alone.
   * Default true; false is the published rule.
   */
  readonly guarded?: boolean;
};

type TwoAveragesState = {
  slow: number;
  fast: number;
  /** decay ^ norms recorded: what of an average is still its start at 0. */
  slowRest: number;
  fastRest: number;
  /** The last trigger and landing point. */
  threshold: number;
  target: number;
};

/**
 * Clips norms above maxNormRatio slow averages to clipNormRatio fast averages; both are exponential averages with their bias
 * corrected, `m / (1 - decay ^ t)`.
 *
 * First steps: the first norm is clipped to firstClipNorm if it is above firstMaxNorm; from the second on the averages rule.
 * History: a clipped norm enters with the norm it was to land at, even where that is more than it was; any other as it is.
 * The first enters as it is. The current norm counts only for later steps.
 * Traps: after a lasting rise, or a start at tiny norms, every step is clipped while the averages grow by 1 percent a step,
 * so that 100 times takes some 500 steps; `rewarm` from '@gradclip/core' is quicker. As published, a norm above firstMaxNorm
 * that comes after zeros alone is recorded as 0, and so is every such norm after it; `guarded` records it as it is.
 * Left out: the 1e-6 in the factor of a hit, which is `epsilon` of the clipper.
 * Source: EmaGradClip of Holzschuh et al. 2025, PDE-Transformer, https://arxiv.org/abs/2505.24717,
 * https://github.com/tum-pbs/pde-transformer/blob/main/pdetransformer/callback/ema_clip.py
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = twoAverages({ slowDecay: 0.5, fastDecay: 0.5, clipNormRatio: 1 });
 * // 9 is above 2 * 4 and lands at 4, which leaves the averages there
 * simulate(policy, [4, 9, 7]).map((decision) => decision.normAfter); // [4, 4, 7]
 */
export function twoAverages(options: TwoAveragesOptions = {}): ClipPolicy {
  assertOptions('twoAverages', options, OPTIONS);
  const { slowDecay = 0.99, fastDecay = 0.9, maxNormRatio = 2, clipNormRatio = 1.1 } = options;
  const { firstMaxNorm = 10_000, firstClipNorm = 1, guarded = true } = options;
  const all = { slowDecay, fastDecay, maxNormRatio, clipNormRatio, firstMaxNorm, firstClipNorm, guarded };
  for (const decay of ['slowDecay', 'fastDecay'] as const) assertDecay('twoAverages', decay, all[decay]);
  for (const ratio of ['maxNormRatio', 'clipNormRatio', 'firstClipNorm'] as const)
    assertPositive('twoAverages', ratio, all[ratio]);
  const isLimit = typeof firstMaxNorm === 'number' && firstMaxNorm > 0;
  assertOption('twoAverages', 'firstMaxNorm', firstMaxNorm, isLimit, 'a number > 0');
  assertBoolean('twoAverages', 'guarded', guarded);

  const first = { threshold: firstMaxNorm, target: firstClipNorm };
  const usualTarget = ({ fast, fastRest }: TwoAveragesState) => clipNormRatio * (fast / (1 - fastRest));
  const boundOf = (state: TwoAveragesState) => {
    if (state.slow === 0 || state.fast === 0) return first;
    const threshold = Math.max(maxNormRatio * (state.slow / (1 - state.slowRest)), Number.MIN_VALUE);
    return { threshold, target: asPositive(usualTarget(state)) };
  };
  return definePolicy<TwoAveragesState>({
    name: 'twoAverages',
    options: all,
    init: () => ({ slow: 0, fast: 0, slowRest: 1, fastRest: 1, threshold: firstMaxNorm, target: firstClipNorm }),
    decide(state, { norm }) {
      const bound = boundOf(state);
      const isFirst = state.fastRest === 1;
      const raw = norm <= bound.threshold || (bound === first && (guarded || isFirst));
      const kept = raw ? norm : usualTarget(state);
      state.slow = blend(slowDecay, state.slow, kept);
      state.fast = blend(fastDecay, state.fast, kept);
      state.slowRest *= slowDecay;
      state.fastRest *= fastDecay;
      state.threshold = bound.threshold;
      state.target = bound.target;
      return [bound, state];
    },
    forecast: boundOf,
    explain({ threshold, target }) {
      const isFirst = threshold === firstMaxNorm && target === firstClipNorm;
      const why = isFirst ? 'no norm above 0 was known' : `${maxNormRatio} slow and ${clipNormRatio} fast averages`;
      return `norms above ${short(threshold)} land at ${short(target)}: ${why}`;
    },
  });
}
