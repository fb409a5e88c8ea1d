import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertOneOf } from './options.ts';
import { recorded, RECORDINGS } from './recording.ts';
import type { Recording } from './recording.ts';
import { short } from './short.ts';
import { NormWindow } from './structures/normWindow.ts';
import { INTERPOLATIONS, quantileOf } from './structures/quantile.ts';
import type { Interpolation } from './structures/quantile.ts';
import { withNorm } from './structures/ranked.ts';
import type { NormHistory, Ranked } from './structures/ranked.ts';
import { TwoHeaps } from './structures/twoHeaps.ts';

export type PercentileOptions = {
  /** Which percentile of the norms is the threshold, 0 (the smallest) to 100 (the largest). */
  readonly p: number;
  /** How many norms it is taken of, an integer >= 1; Infinity keeps every norm, 8 bytes each. Default 1000. */
  readonly window?: number;
  /** Whether a norm counts, as it is, in its own threshold, as in AutoClip. Default false; true has no forecast. */
  readonly includeCurrent?: boolean;
  /** What is recorded of a norm: 'raw', 'clipped' to its threshold, or only an 'accepted' one. Default 'raw'. */
  readonly record?: Recording;
  /** Between two norms, all as NumPy's `method`: 'linear', 'lower', 'higher', 'nearest' or 'midpoint'. Default 'linear'. */
  readonly interpolation?: Interpolation;
};

export type PercentileState = {
  /** The last answer. */
  threshold: number;
  readonly history: NormHistory;
};

/**
 * Clips to a percentile of the last norms: `threshold = percentile(p, last window norms)`, exactly.
 *
 * First steps: the first norm passes, and so does every norm while the percentile is 0. The second one meets the first
 * as its threshold; put `warmup` from '@gradclip/core' around it to only watch for longer.
 * History: norms as they were before clipping (`record`); the oldest leaves when `window` norms are known. The current
 * norm counts only for later steps (`includeCurrent`). With 'clipped' or 'accepted' the threshold can fall but hardly rise.
 * O(log n) a step; with `window: Infinity` the state grows by 8 bytes a step.
 * Source: AutoClip, Seetharaman et al. 2020, https://arxiv.org/abs/2007.14469, which is
 * `percentile({ p: 10, window: Infinity, includeCurrent: true })`.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(percentile({ p: 50, window: 3 }), [4, 2, 6, 9, 1]).map((decision) => decision.threshold); // [Infinity, 4, 3, 4, 6]
 */
export function percentile(options: PercentileOptions): ClipPolicy {
  assertOptions('percentile', options, ['p', 'window', 'includeCurrent', 'record', 'interpolation']);
  const { p, window = 1000, includeCurrent = false, record = 'raw', interpolation = 'linear' } = options;
  const all = { p, window, includeCurrent, record, interpolation };
  assertOption('percentile', 'p', p, typeof p === 'number' && p >= 0 && p <= 100, 'in [0, 100]');
  const isWindow = window === Infinity || (Number.isInteger(window) && window >= 1);
  assertOption('percentile', 'window', window, isWindow, 'an integer >= 1 or Infinity');
  assertOption('percentile', 'includeCurrent', includeCurrent, typeof includeCurrent === 'boolean', 'true or false');
  assertOneOf('percentile', 'record', record, RECORDINGS);
  assertOneOf('percentile', 'interpolation', interpolation, INTERPOLATIONS);

  const makeHistory = (): NormHistory => (window === Infinity ? new TwoHeaps(p / 100) : new NormWindow(window));
  const thresholdOf = (norms: Ranked) => (norms.size > 0 && quantileOf(norms, p / 100, interpolation)) || Infinity;
  return definePolicy<PercentileState>({
    name: 'percentile',
    options: all,
    init: () => ({ threshold: Infinity, history: makeHistory() }),
    decide(state, { norm }) {
      const { history } = state;
      const threshold = thresholdOf(includeCurrent ? withNorm(history, norm) : history);
      const kept = recorded(record, norm, threshold);
      if (kept !== undefined) history.record(kept);
      state.threshold = threshold;
      return [threshold, state];
    },
    ...(includeCurrent ? {} : { forecast: ({ history }: PercentileState) => thresholdOf(history) }),
    explain({ threshold, history }) {
      const known = `${history.size} norms are known now`;
      if (threshold === Infinity) return `no threshold: no norm was known, or the percentile was 0; ${known}`;
      return `threshold ${short(threshold)} = percentile ${p} of ${window === Infinity ? 'all' : `the last ${window}`} norms; ${known}`;
    },
    save: ({ threshold, history }) => ({ threshold, norms: history.toArray() }),
    load(saved) {
      const { threshold, norms } = saved as { threshold: number; norms: readonly number[] };
      const history = makeHistory();
      for (const norm of norms) history.record(norm);
      return { threshold, history };
    },
  });
}
