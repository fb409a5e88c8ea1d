import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy, Json } from '@gradclip/core';
import { assertBoolean, assertDecay, assertOneOf } from './options.ts';
import { recorded, RECORDINGS } from './recording.ts';
import type { Recording } from './recording.ts';
import { short } from './short.ts';
import type { Average } from './structures/average.ts';
import { exponentialMean } from './structures/exponentialMean.ts';
import { slidingMean } from './structures/slidingMean.ts';

const OPTIONS = ['kind', 'multiple', 'window', 'decay', 'warmup', 'includeCurrent', 'record'];

export type MovingAverageOptions = {
  /** Which average: of the last `window` norms, or with weights that fall by `decay` a step. Default 'exponential'. */
  readonly kind?: 'simple' | 'exponential';
  /** The threshold in averages, > 0. Default 2. */
  readonly multiple?: number;
  /** Of 'simple': how many norms the mean is taken of, an integer >= 1. Default 100. */
  readonly window?: number;
  /** Of 'exponential': the weight the old average keeps, in [0, 1); about 1 / (1 - decay) steps count. Default 0.98. */
  readonly decay?: number;
  /** How many first norms are only recorded, an integer >= 0. An exponential average starts at their median. Default 10. */
  readonly warmup?: number;
  /** Whether a norm counts, as it is, in its own threshold. Default false; true has no forecast. */
  readonly includeCurrent?: boolean;
  /** What is recorded of a norm: 'raw', 'clipped' to its threshold, or only an 'accepted' one. Default 'clipped' when multiple > 1, else 'raw'. */
  readonly record?: Recording;
};

type MovingAverageState = {
  /** The last answer. */
  threshold: number;
  /** Norms seen, up to `warmup`. */
  seen: number;
  readonly average: Json;
};

/**
 * Clips to a multiple of the average norm: `threshold = multiple * average`.
 *
 * First steps: the first `warmup` norms pass unchanged and are recorded. With `warmup: 0` nothing is clipped until one norm
 * is known. An average of 0 does not clip.
 * History: norms cut to their own threshold, so that a spike cannot raise the ones after it (`record`). The current norm
 * counts only for later steps (`includeCurrent`). With 'accepted' a lasting rise above the threshold is clipped for ever;
 * `rewarm` from '@gradclip/core' ends that.
 * Source: Pascanu, Mikolov, Bengio 2013, section 3.2: choose the threshold by the average norm, https://arxiv.org/abs/1211.5063
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(movingAverage({ warmup: 3, decay: 0.5 }), [1, 3, 2, 10]).map((decision) => decision.threshold); // [Infinity, Infinity, Infinity, 4]
 * simulate(movingAverage({ kind: 'simple', window: 2, warmup: 2 }), [1, 3, 10, 2]).map((decision) => decision.normAfter); // [1, 3, 4, 2]
 */
export function movingAverage(options: MovingAverageOptions = {}): ClipPolicy {
  assertOptions('movingAverage', options, OPTIONS);
  const {
    kind = 'exponential',
    multiple = 2,
    window = 100,
    decay = 0.98,
    warmup = 10,
    includeCurrent = false,
  } = options;
  const { record = multiple > 1 ? 'clipped' : 'raw' } = options;
  const all = { kind, multiple, window, decay, warmup, includeCurrent, record };
  assertOneOf('movingAverage', 'kind', kind, ['simple', 'exponential']);
  assertOption('movingAverage', 'multiple', multiple, typeof multiple === 'number' && multiple > 0, 'a number > 0');
  assertOption('movingAverage', 'window', window, Number.isInteger(window) && window >= 1, 'an integer >= 1');
  assertDecay('movingAverage', 'decay', decay);
  assertOption('movingAverage', 'warmup', warmup, Number.isInteger(warmup) && warmup >= 0, 'an integer >= 0');
  assertBoolean('movingAverage', 'includeCurrent', includeCurrent);
  assertOneOf('movingAverage', 'record', record, RECORDINGS);

  const average: Average = kind === 'simple' ? slidingMean(window) : exponentialMean(decay, warmup);
  const thresholdOf = ({ seen }: MovingAverageState, mean: number) =>
    seen < warmup || mean === 0 ? Infinity : Math.max(multiple * mean, Number.MIN_VALUE);
  const forecast = (state: MovingAverageState) => thresholdOf(state, average.value(state.average));
  return definePolicy<MovingAverageState>({
    name: 'movingAverage',
    options: all,
    init: () => ({ threshold: Infinity, seen: 0, average: average.init() }),
    decide(state, { norm }) {
      const threshold = includeCurrent ? thresholdOf(state, average.valueWith(state.average, norm)) : forecast(state);
      const kept = recorded(record, norm, threshold);
      if (kept !== undefined) average.record(state.average, kept);
      if (state.seen < warmup) state.seen++;
      state.threshold = threshold;
      return [threshold, state];
    },
    ...(includeCurrent ? {} : { forecast }),
    explain({ threshold, seen, average: state }) {
      if (threshold === Infinity) return `no threshold: ${seen} of ${warmup} warm-up norms seen, or the average was 0`;
      const mean = short(average.value(state));
      return `threshold ${short(threshold)} = ${multiple} * the ${kind} average of the norms; that average is now ${mean}`;
    },
  });
}
