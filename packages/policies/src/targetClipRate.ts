import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { short } from './short.ts';

export type TargetClipRateOptions = {
  /** The smallest share of clipped steps, in [0, 1), below `high`. With 0 a level that falls is not followed. */
  readonly low: number;
  /** The largest share of clipped steps, in (0, 1]. */
  readonly high: number;
  /** About how many steps the share is measured over, an integer >= 1. Default 50. */
  readonly window?: number;
  /** How far the threshold moves while the share is outside the band, in (0, 1). Default 0.2. */
  readonly eta?: number;
};

type TargetClipRateState = {
  /** 0: not known. */
  readonly threshold: number;
  readonly share: number;
  /** How many of the last norms were all hits, or all misses, up to `window`; and of these the smallest hit, or the largest miss. */
  readonly run: number;
  readonly wasHit: boolean;
  readonly extreme: number;
};

/**
 * Keeps the share of clipped steps between `low` and `high`: the threshold stays where it is while the share is in the band,
 * and tracks the quantile in its middle while it is not. With `middle = (low + high) / 2`, after each norm n > 0:
 *
 * 1. hit: `n > threshold`. `share = share + (hit - share) / window`, where hit is 1 or 0; it begins at `middle`.
 * 2. Where the share is now below `low` or above `high`, the threshold is multiplied by `1 + eta * (1 - middle)` after a hit, and
 *    by `1 - eta * middle` after a miss.
 * 3. After `window` hits in a row with the share above `high`, it becomes at least the smallest of them; after `window` misses in
 *    a row with the share below `low`, at most the largest of them. Then the counting of the run begins again.
 *
 * First steps: the first norm > 0 passes and is the first threshold. Zero norms change nothing: no step is clipped there.
 * History: the share of hits and one run of them; the current norm counts only for later steps. O(1) state and time, without
 * logarithms. It follows a rise of 100 times within 40 steps and a fall of 100 times within 2 windows, at any scale.
 * Traps: it follows an explosion upward, as the share of hits demands: put `cap` from '@gradclip/core' around it; hits of
 * the cap are not counted. The share is of the steps of one key, without those whose norm was 0 or not finite.
 * Source: none; the geometric update of Andrew et al. 2019, https://arxiv.org/abs/1905.03871, with a band around its
 * quantile, in which nothing moves, and a way back from any distance.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(targetClipRate({ low: 0.25, high: 0.75, window: 2, eta: 0.5 }), [4, 8, 8, 2]).map((decision) => decision.threshold); // [Infinity, 4, 4, 8]
 */
export function targetClipRate(options: TargetClipRateOptions): ClipPolicy {
  assertOptions('targetClipRate', options, ['low', 'high', 'window', 'eta']);
  const { low, high, window = 50, eta = 0.2 } = options;
  assertOption('targetClipRate', 'low', low, typeof low === 'number' && low >= 0 && low < 1, 'in [0, 1)');
  const isHigh = typeof high === 'number' && high > low && high <= 1;
  assertOption('targetClipRate', 'high', high, isHigh, 'in (0, 1] and above low');
  assertOption('targetClipRate', 'window', window, Number.isInteger(window) && window >= 1, 'an integer >= 1');
  assertOption('targetClipRate', 'eta', eta, typeof eta === 'number' && eta > 0 && eta < 1, 'in (0, 1)');

  const middle = (low + high) / 2;
  const up = 1 + eta * (1 - middle);
  const down = 1 - eta * middle;
  const forecast = ({ threshold }: TargetClipRateState) => threshold || Infinity;
  return definePolicy<TargetClipRateState>({
    name: 'targetClipRate',
    options: { low, high, window, eta },
    init: () => ({ threshold: 0, share: middle, run: 0, wasHit: false, extreme: 0 }),
    decide: (state, { norm }) => [forecast(state), norm > 0 ? next(state, norm) : state],
    forecast,
    explain({ threshold, share }) {
      if (threshold === 0) return 'no threshold: no norm was known';
      const place = share < low ? 'below' : share > high ? 'above' : 'in';
      return `threshold ${short(threshold)} next; the share of clipped steps is ${short(share)}, ${place} [${low}, ${high}]`;
    },
  });

  function next(state: TargetClipRateState, norm: number): TargetClipRateState {
    if (state.threshold === 0) return { ...state, threshold: norm };
    const hit = norm > state.threshold;
    const share = state.share + ((hit ? 1 : 0) - state.share) / window;
    const goesOn = state.run > 0 && hit === state.wasHit;
    const run = goesOn ? state.run + 1 : 1;
    const pick = hit ? Math.min : Math.max;
    const extreme = goesOn ? pick(state.extreme, norm) : norm;
    const over = run >= window;
    let { threshold } = state;
    if (share > high || share < low) {
      threshold = asPositive(threshold * (hit ? up : down));
      if (over && hit && share > high) threshold = Math.max(threshold, extreme);
      if (over && !hit && share < low) threshold = Math.min(threshold, extreme);
    }
    return { threshold, share, run: over ? 0 : run, wasHit: hit, extreme };
  }
}
