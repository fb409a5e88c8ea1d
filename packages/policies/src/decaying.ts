import { assertOption, assertOptions } from '@gradclip/core';
import type { ClipPolicy, Json } from '@gradclip/core';
import { assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';

const SCHEDULES = ['linear', 'cosine', 'exponential', 'step', 'on-hits'] as const;

type CurveOptions = {
  readonly schedule: 'linear' | 'cosine' | 'exponential';
  /** The threshold of step 0, finite, > 0. */
  readonly from: number;
  /** The threshold from step `steps` on, in (0, from]. */
  readonly to: number;
  /** How many steps the way takes, an integer >= 1. */
  readonly steps: number;
};

type StairOptions = {
  readonly schedule: 'step';
  /** The threshold of the first `every` steps, finite, > 0. */
  readonly from: number;
  /** What the threshold is multiplied by at each stair, in (0, 1]. */
  readonly factor: number;
  /** How many steps a stair lasts, an integer >= 1. */
  readonly every: number;
  /** The lowest threshold, in (0, from]. Default: the smallest positive number, 5e-324. */
  readonly to?: number;
};

type OnHitsOptions = {
  readonly schedule: 'on-hits';
  /** The first threshold, finite, > 0. */
  readonly from: number;
  /** The lowest threshold, in (0, from]. */
  readonly to: number;
  /** What the threshold is multiplied by after a window with too many hits, in (0, 1]. */
  readonly factor: number;
  /** The share of hits in a window that lowers the threshold, in (0, 1]. */
  readonly rate: number;
  /** How many norms hits are counted over, an integer >= 1. */
  readonly window: number;
};

export type DecayingOptions = CurveOptions | StairOptions | OnHitsOptions;

/** The threshold in force, and how many norms of this window were seen and were above it. */
type OnHitsState = { readonly threshold: number; readonly seen: number; readonly hits: number };
/**
 * Clips to a threshold that falls, by a schedule of the step `s` or because it keeps being hit:
 *
 * - linear: `from + (to - from) * s / steps`
 * - cosine: `to + (from - to) * (1 + cos(pi * s / steps)) / 2`
 * - exponential: `from * (to / from) ^ (s / steps)`
 * - step: `max(to, from * factor ^ floor(s / every))`
 * - on-hits: after every `window` norms, `max(to, threshold * factor)` where at least `rate * window` of them were hits
 *
 * First steps: `from`. The first three are exactly `to` from step `steps` on.
 * History: nothing is recorded but the hits of 'on-hits'; the current norm never counts in its own threshold.
 * Source: Opacus has schedules of its clipping norm (exponential, step),
 * https://github.com/pytorch/opacus/blob/main/opacus/schedulers/grad_clip_scheduler.py; cosine is the curve of Loshchilov
 * and Hutter 2016, https://arxiv.org/abs/1608.03983
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(decaying({ schedule: 'linear', from: 3, to: 1, steps: 4 }), [9, 9, 9, 9, 9, 9]).map((decision) => decision.threshold); // [3, 2.5, 2, 1.5, 1, 1]
 * simulate(decaying({ schedule: 'on-hits', from: 8, to: 1, factor: 0.5, rate: 1, window: 2 }), [9, 9, 5, 1, 5]).map((decision) => decision.threshold); // [8, 8, 4, 4, 4]
 */
export function decaying(options: DecayingOptions): ClipPolicy {
  assertOneOf('decaying', 'schedule', options?.schedule, SCHEDULES);
  switch (options.schedule) {
    case 'step':
      assertOptions('decaying', options, ['schedule', 'from', 'factor', 'every', 'to']);
      return stairs(options);
    case 'on-hits':
      assertOptions('decaying', options, ['schedule', 'from', 'to', 'factor', 'rate', 'window']);
      return onHits(options);
    default:
      assertOptions('decaying', options, ['schedule', 'from', 'to', 'steps']);
      return curve(options);
  }
}

function curve({ schedule, from, to, steps }: CurveOptions): ClipPolicy<null> {
  const options = { schedule, from, to, steps };
  assertRange(from, to);
  assertCount('steps', steps);
  const curves = {
    linear: (share: number) => from + (to - from) * share,
    cosine: (share: number) => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2,
    exponential: (share: number) => from * (to / from) ** share,
  };
  const words = `a ${schedule} curve from ${from} to ${to} over ${steps} steps`;
  return scheduled(options, words, (step) => {
    if (step <= 0) return from;
    if (step >= steps) return to;
    return Math.min(Math.max(curves[schedule](step / steps), to), from); // rounding must not leave the range
  });
}

function stairs({ schedule, from, factor, every, to = Number.MIN_VALUE }: StairOptions): ClipPolicy<null> {
  const options = { schedule, from, factor, every, to };
  assertRange(from, to);
  assertFactor(factor);
  assertCount('every', every);
  const words = `${from} times ${factor} after every ${every} steps, at least ${to}`;
  return scheduled(options, words, (step) => Math.max(from * factor ** Math.floor(step / every), to));
}

function scheduled(options: Json, words: string, threshold: (step: number) => number): ClipPolicy<null> {
  return {
    name: 'decaying',
    options,
    init: () => null,
    decide: (_state, { step }) => [threshold(step), null],
    forecast: (_state, { step }) => threshold(step),
    explain: () => words,
  };
}

function onHits({ schedule, from, to, factor, rate, window }: OnHitsOptions): ClipPolicy<OnHitsState> {
  const options = { schedule, from, to, factor, rate, window };
  assertRange(from, to);
  assertFactor(factor);
  assertOption('decaying', 'rate', rate, typeof rate === 'number' && rate > 0 && rate <= 1, 'in (0, 1]');
  assertCount('window', window);
  return {
    name: 'decaying',
    options,
    init: () => ({ threshold: from, seen: 0, hits: 0 }),
    decide({ threshold, seen, hits }, { norm }) {
      const counted = { threshold, seen: seen + 1, hits: norm > threshold ? hits + 1 : hits };
      return [threshold, counted.seen < window ? counted : lowered(counted)];
    },
    forecast: ({ threshold }) => threshold,
    explain: ({ threshold, seen, hits }) =>
      `threshold ${short(threshold)} next, after ${hits} hits in ${seen} of ${window} norms; lowered when the share of hits is ${rate} or more`,
  };

  function lowered({ threshold, hits }: OnHitsState): OnHitsState {
    const next = hits / window >= rate ? Math.max(threshold * factor, to) : threshold;
    return { threshold: next, seen: 0, hits: 0 };
  }
}

function assertRange(from: number, to: number): void {
  assertPositive('decaying', 'from', from);
  assertOption('decaying', 'to', to, typeof to === 'number' && to > 0 && to <= from, 'a number > 0 and at most from');
}

function assertFactor(factor: number): void {
  assertOption('decaying', 'factor', factor, typeof factor === 'number' && factor > 0 && factor <= 1, 'in (0, 1]');
}

function assertCount(option: string, count: number): void {
  assertOption('decaying', option, count, Number.isInteger(count) && count >= 1, 'an integer >= 1');
}
