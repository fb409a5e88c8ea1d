import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertNotNegative, assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';

/** How an estimate of a quantile moves. */
type TrackerOptions = {
  /** The share of norms that are to lie at or below the estimate, in [0, 1]. Default 0.5; with `zeroing` 0.8, in `zeroing` 0.98. */
  readonly targetQuantile?: number;
  /**
   * A step multiplies by at most exp(learningRate), or adds at most learningRate, then in the unit of the norm; finite and > 0.
   * Default 0.2; in `zeroing` ln 10.
   */
  readonly learningRate?: number;
  /**
   * The first estimate, in the unit of the norm, finite and > 0; 'first': the first norm above 0, which passes. Default 0.1;
   * with `zeroing` 1, in `zeroing` 10.
   */
  readonly initialEstimate?: number | 'first';
};

type ZeroingOptions = TrackerOptions & {
  /** A step is dropped above `multiplier * estimate + increment`, > 0 and finite. Default 2. */
  readonly multiplier?: number;
  /** In the unit of the norm, >= 0 and finite. Default 1. */
  readonly increment?: number;
};

export type QuantileTrackingOptions = TrackerOptions & {
  /** How the estimates move. Default 'geometric', which the authors advise for norms. */
  readonly update?: 'geometric' | 'arithmetic';
  /** The second bound: drops a step whose largest element is far above its quantile. `{}` is TensorFlow Federated's. Default false. */
  readonly zeroing?: false | ZeroingOptions;
};

type QuantileTrackingState = {
  /** The threshold in force at the next step; Infinity: no norm is known. */
  estimate: number;
  /** The same of the largest elements, before `multiplier` and `increment`; 0 without `zeroing`. */
  zeroing: number;
};

/** Below it a product with a factor near 1 could not leave the place. */
const SMALLEST = 2 ** -1022;

/**
 * Clips to a tracked quantile: `threshold = C`, then `C = C * exp(-learningRate * (b - targetQuantile))` where b is 1 when
 * the norm was at most C and else 0; arithmetic: `C = C - learningRate * (b - targetQuantile)`.
 *
 * First steps: C is `initialEstimate`, whatever the norms are; geometric updates reach any level in logarithmic time, at
 * most 1.1 times a step upward and 0.9 times downward by default. 'first' begins at the first norm that is not 0.
 * History: one number; whether a norm, as it is, was at most C is all that counts of it, and only for later steps.
 * `zeroing`, as TensorFlow Federated pairs the two: where the largest element is above `2 * Q + 1`, with Q the same tracker
 * of the largest elements, the step is dropped (there a client's update becomes zeros); C then moves as after a norm of 0.
 * It needs maxAbs and has no forecast.
 * Traps: geometric, a long row of zeros takes C far down, and it rises no faster than it fell. Arithmetic, a learningRate
 * above C takes C to 0 or below; nothing is clipped then, until it has risen again. Here one norm is one record, without
 * noise: this is not the private form, which counts the norms of single samples.
 * Math.exp is called when the policy is made; its last bit may differ between engines, and thresholds by some 1e-16 a step.
 * Source: Andrew, Thakkar, McMahan, Ramaswamy 2019, https://arxiv.org/abs/1905.03871; quantile_estimator_query.py in
 * https://github.com/tensorflow/privacy; robust_aggregator in https://github.com/google-parfait/tensorflow-federated
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = quantileTracking({ update: 'arithmetic', targetQuantile: 0.75, learningRate: 1, initialEstimate: 2 });
 * // 3 and 9 lie above C, which rises by 0.75; 1 lies below, and C falls by 0.25
 * simulate(policy, [3, 9, 1, 9]).map((decision) => decision.threshold); // [2, 2.75, 3.5, 3.25]
 */
export function quantileTracking(options: QuantileTrackingOptions = {}): ClipPolicy {
  const own = ['targetQuantile', 'learningRate', 'initialEstimate'];
  assertOptions('quantileTracking', options, [...own, 'update', 'zeroing']);
  const { update = 'geometric', zeroing: second = false } = options;
  assertOneOf('quantileTracking', 'update', update, ['geometric', 'arithmetic']);
  const pair = second !== false;
  if (pair) assertOptions('quantileTracking: zeroing', second, [...own, 'multiplier', 'increment']);
  const clipping = { ...CLIPPING, ...(pair && ROBUST), ...given(options, own) };
  const zeroing = pair && { ...ZEROING, ...given(second, [...own, 'multiplier', 'increment']) };
  const clipTracker = tracker(clipping, update, 'quantileTracking');
  const zeroTracker = zeroing ? tracker(zeroing, update, 'quantileTracking: zeroing') : undefined;
  if (zeroing) assertAffine(zeroing);

  return definePolicy<QuantileTrackingState>({
    name: 'quantileTracking',
    options: { ...clipping, update, zeroing },
    ...(zeroing && { needs: ['maxAbs'] }),
    init: () => ({ estimate: clipTracker.start, zeroing: zeroTracker ? zeroTracker.start : 0 }),
    decide(state, { norm, maxAbs }) {
      const threshold = state.estimate > 0 ? state.estimate : Infinity;
      if (!zeroing) {
        state.estimate = clipTracker.after(state.estimate, norm);
        return [threshold, state];
      }
      const limit = zeroing.multiplier * state.zeroing + zeroing.increment;
      const drops = maxAbs! > limit && limit > 0;
      state.zeroing = zeroTracker!.after(state.zeroing, maxAbs!);
      state.estimate = clipTracker.after(state.estimate, drops ? 0 : norm);
      return [drops ? { skip: `largest element ${short(maxAbs!)} is above ${short(limit)}` } : threshold, state];
    },
    ...(!zeroing && { forecast: ({ estimate }: QuantileTrackingState) => (estimate > 0 ? estimate : Infinity) }),
    explain({ estimate, zeroing: largest }) {
      const target = `quantile ${clipping.targetQuantile} of the norms`;
      const drop = zeroing
        ? `; drops above ${zeroing.multiplier} * ${short(largest)} + ${zeroing.increment}, for the largest elements`
        : '';
      if (estimate === Infinity) return `no threshold: no norm above 0 is known; it tracks the ${target}${drop}`;
      if (!(estimate > 0))
        return `no threshold: the estimate ${short(estimate)} is not above 0; it tracks the ${target}${drop}`;
      return `threshold ${short(estimate)} next, which tracks the ${target}${drop}`;
    },
  });
}

type Settings = Required<TrackerOptions>;
const CLIPPING: Settings = { targetQuantile: 0.5, learningRate: 0.2, initialEstimate: 0.1 };
const ROBUST = { targetQuantile: 0.8, initialEstimate: 1 };
const ZEROING: Required<ZeroingOptions> = {
  targetQuantile: 0.98,
  learningRate: Math.LN10,
  initialEstimate: 10,
  multiplier: 2,
  increment: 1,
};

function given<Options extends object>(
  options: Options,
  names: readonly string[],
): { [K in keyof Options]: NonNullable<Options[K]> } {
  const entries = Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof Options]: NonNullable<Options[K]> };
}

type Tracker = { readonly start: number; after(estimate: number, norm: number): number };

function tracker(settings: Settings, update: 'geometric' | 'arithmetic', caller: string): Tracker {
  const { targetQuantile, learningRate, initialEstimate } = settings;
  const inUnit = typeof targetQuantile === 'number' && targetQuantile >= 0 && targetQuantile <= 1;
  assertOption(caller, 'targetQuantile', targetQuantile, inUnit, 'in [0, 1]');
  assertPositive(caller, 'learningRate', learningRate);
  const isFirst = initialEstimate === 'first';
  const isStart = isFirst || (typeof initialEstimate === 'number' && initialEstimate > 0 && initialEstimate < Infinity);
  assertOption(caller, 'initialEstimate', initialEstimate, isStart, "a finite number > 0 or 'first'");
  const start = isFirst ? Infinity : initialEstimate;
  const [down, up] = [learningRate * (targetQuantile - 1), learningRate * targetQuantile];
  const [shrink, grow] = [Math.exp(down), Math.exp(up)];
  const inRange = (value: number) => Math.min(Math.max(value, SMALLEST), Number.MAX_VALUE);
  return {
    start,
    after(estimate, norm) {
      if (estimate === Infinity) return norm > 0 ? norm : Infinity;
      const below = norm <= estimate;
      if (update === 'geometric') return inRange(estimate * (below ? shrink : grow));
      return Math.min(estimate + (below ? down : up), Number.MAX_VALUE);
    },
  };
}

function assertAffine({ multiplier, increment }: Required<ZeroingOptions>): void {
  const caller = 'quantileTracking: zeroing';
  assertPositive(caller, 'multiplier', multiplier);
  assertNotNegative(caller, 'increment', increment);
}
