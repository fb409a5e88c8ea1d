import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';
import { NormWindow } from './structures/normWindow.ts';
import { quantileOf } from './structures/quantile.ts';

export type MedianMultipleOptions = {
  /** 'rolling': the median of the last norms at each step. 'periodic': a median that is renewed from time to time. Default 'rolling'. */
  readonly kind?: 'rolling' | 'periodic';
  /** The threshold in medians, finite and > 0. Default 1; 'periodic': 2. */
  readonly multiple?: number;
  /** How many norms the median is taken of, and 'periodic' after how many it is renewed; an integer >= 1. Default 128; 'periodic': 100. */
  readonly window?: number;
  /** Of 'periodic': norms after which a first median is taken, integers >= 1; those >= window do not count. Default [10, 20, 40]. */
  readonly early?: readonly number[];
  /** Of 'periodic': what a threshold from an early median is multiplied by besides, finite and > 0. Default 2. */
  readonly earlyFactor?: number;
};

/**
 * Clips to a multiple of the median norm: `threshold = multiple * median(last window norms)`.
 *
 * - rolling: the exact median of the norms before this one, renewed at each step, known from the second step on.
 * - periodic: renewed after every `window` norms and after 10, 20 and 40, which count twice; between those it stays. The
 *   very first norm passes and is not recorded. The median of n norms is number `2 * floor(n / 4)` in ascending order, from
 *   0: the upper of the middle two where n is a multiple of 4, else the middle one or one below it.
 *
 * First steps: nothing is clipped until there is a median: one norm, or eleven. A median of 0 does not clip.
 * History: every norm as it was. The current norm counts only for later steps, except in a periodic median that is renewed
 * by it: there is no forecast for that step. A lasting change of level is followed within half a window (rolling) or one to
 * two.
 * Traps: with `multiple: 1`, as published, half of all steps are clipped. Nothing bounds a rise: put `cap` from
 * '@gradclip/core' around it.
 * Left out: ScaledAdam weights the gradient of each tensor with the size of its weights before it takes the norm.
 * Source: rolling: AdaptiveGradientNormClipper of WellSaid Labs, after Pascanu et al. 2013; periodic: ScaledAdam of k2,
 * https://github.com/k2-fsa/icefall/blob/master/egs/librispeech/ASR/zipformer/optim.py
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(medianMultiple({ multiple: 2, window: 3 }), [4, 2, 6, 9]).map((decision) => decision.threshold); // [Infinity, 8, 6, 8]
 * const periodic = medianMultiple({ kind: 'periodic', window: 4, early: [2] });
 * // 2 * 2 * median(3, 1), then 2 * median(3, 1, 8, 5)
 * simulate(periodic, [9, 3, 1, 8, 5]).map((decision) => decision.threshold); // [Infinity, Infinity, 4, 4, 10]
 */
export function medianMultiple(options: MedianMultipleOptions = {}): ClipPolicy {
  const kind = options?.kind ?? 'rolling';
  assertOneOf('medianMultiple', 'kind', kind, ['rolling', 'periodic']);
  const isPeriodic = kind === 'periodic';
  assertOptions('medianMultiple', options, [
    'kind',
    'multiple',
    'window',
    ...(isPeriodic ? ['early', 'earlyFactor'] : []),
  ]);
  const { multiple = isPeriodic ? 2 : 1, window = isPeriodic ? 100 : 128 } = options;
  assertPositive('medianMultiple', 'multiple', multiple);
  assertOption('medianMultiple', 'window', window, isCount(window), 'an integer >= 1');
  if (!isPeriodic) return rolling(multiple, window);
  const { early = [10, 20, 40], earlyFactor = 2 } = options;
  const isList = Array.isArray(early) && early.every(isCount);
  assertOption('medianMultiple', 'early', early, isList, 'a list of integers >= 1');
  assertPositive('medianMultiple', 'earlyFactor', earlyFactor);
  return periodic({ multiple, window, early: [...early], earlyFactor });
}

type RollingState = { threshold: number; readonly norms: NormWindow };

function rolling(multiple: number, window: number): ClipPolicy<RollingState> {
  const thresholdOf = ({ norms }: RollingState) =>
    norms.size === 0 ? Infinity : asThreshold(multiple, quantileOf(norms, 0.5, 'linear'));
  return definePolicy<RollingState>({
    name: 'medianMultiple',
    options: { kind: 'rolling', multiple, window },
    init: () => ({ threshold: Infinity, norms: new NormWindow(window) }),
    decide(state, { norm }) {
      const threshold = thresholdOf(state);
      state.norms.record(norm);
      state.threshold = threshold;
      return [threshold, state];
    },
    forecast: thresholdOf,
    explain({ threshold, norms }) {
      if (threshold === Infinity)
        return `no threshold: no norm was known, or the median was 0; ${norms.size} are known now`;
      return `threshold ${short(threshold)} = ${multiple} * the median of the last ${window} norms; ${norms.size} are known now`;
    },
    save: ({ threshold, norms }) => ({ threshold, norms: norms.toArray() }),
    load(saved) {
      const { threshold, norms: known } = saved as { threshold: number; norms: readonly number[] };
      const norms = new NormWindow(window);
      for (const norm of known) norms.record(norm);
      return { threshold, norms };
    },
  });
}

type PeriodicOptions = Required<Omit<MedianMultipleOptions, 'kind'>>;
type PeriodicState = {
  threshold: number;
  /** Those since the last full window; null before the first event. */
  norms: number[] | null;
  /** Whether the first window is not over. */
  isEarly: boolean;
};

function periodic({ multiple, window, early, earlyFactor }: PeriodicOptions): ClipPolicy<PeriodicState> {
  /** How the median of `size` norms since the last full window counts; 0: it is not taken. */
  const factorAt = (size: number, isEarly: boolean) => {
    if (size === window) return multiple;
    return isEarly && early.includes(size) ? multiple * earlyFactor : 0;
  };
  return definePolicy<PeriodicState>({
    name: 'medianMultiple',
    options: { kind: 'periodic', multiple, window, early, earlyFactor },
    init: () => ({ threshold: Infinity, norms: null, isEarly: true }),
    decide(state, { norm }) {
      const { norms } = state;
      if (norms === null) {
        state.norms = [];
        return [Infinity, state];
      }
      const factor = factorAt(norms.length + 1, state.isEarly);
      const threshold = factor > 0 ? asThreshold(factor, middleNorm([...norms, norm])) : state.threshold;
      norms.push(norm);
      if (norms.length === window) {
        state.norms = [];
        state.isEarly = false;
      }
      state.threshold = threshold;
      return [threshold, state];
    },
    forecast({ threshold, norms, isEarly }) {
      return norms !== null && factorAt(norms.length + 1, isEarly) > 0 ? undefined : threshold;
    },
    explain({ threshold, norms }) {
      const known = `${norms?.length ?? 0} norms of the next median are known`;
      if (threshold === Infinity) return `no threshold: no median was taken yet, or it was 0; ${known}`;
      return `threshold ${short(threshold)}, from the last median; ${known}`;
    },
  });
}

/** As the code counts; see above. */
function middleNorm(norms: readonly number[]): number {
  const ascending = Float64Array.from(norms).sort();
  return ascending[2 * Math.floor(norms.length / 4)]!;
}

function asThreshold(factor: number, median: number): number {
  return median === 0 ? Infinity : Math.max(factor * median, Number.MIN_VALUE);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}
