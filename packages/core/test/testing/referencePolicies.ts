import { assertOption, definePolicy } from '@gradclip/core';
import type { ClipPolicy, GradientNormEvent } from '@gradclip/core';

// Small policies that keep every promise. The broken ones of the tests are these with one thing changed.

export type MeanState = { seen: number; mean: number };

/** multiple · running mean of all norms before; Infinity for the first `warmup` norms. Plain data, replaced at each step. */
export function mean({
  multiple = 2,
  warmup = 10,
}: { multiple?: number; warmup?: number } = {}): ClipPolicy<MeanState> {
  assertOption('mean', 'multiple', multiple, multiple > 0, 'a number > 0');
  const threshold = ({ seen, mean: average }: MeanState) => (seen < warmup ? Infinity : multiple * average || Infinity);
  return definePolicy<MeanState>({
    name: 'mean',
    options: { multiple, warmup },
    init: () => ({ seen: 0, mean: 0 }),
    decide(state, { norm }) {
      const seen = state.seen + 1;
      return [threshold(state), { seen, mean: state.mean + (norm / seen - state.mean / seen) }];
    },
    forecast: threshold,
    explain: ({ seen, mean: average }) => `the mean of ${seen} norms is ${average}`,
  });
}

export type RingState = { values: Float64Array; seen: number };

/** The largest of the last `window` norms. A typed array, changed in place, with save and load. */
export function largestOf(window: number = 300): ClipPolicy<RingState> {
  const threshold = ({ values, seen }: RingState) =>
    values.subarray(0, seen).reduce((largest, value) => Math.max(largest, value), 0) || Infinity;
  return definePolicy<RingState>({
    name: 'largest-of',
    options: { window },
    stateVersion: 2,
    init: () => ({ values: new Float64Array(window), seen: 0 }),
    decide(state, { norm }) {
      const bound = state.seen ? threshold(state) : Infinity;
      state.values[state.seen++ % window] = norm;
      return [bound, state];
    },
    forecast: (state) => (state.seen ? threshold(state) : Infinity),
    save: ({ values, seen }) => ({ values: Array.from(values.subarray(0, seen)), seen }),
    load(saved, stateVersion) {
      if (stateVersion !== 2) throw new Error(`no state of version ${stateVersion}`);
      const { values, seen } = saved as { values: number[]; seen: number };
      const state = { values: new Float64Array(window), seen };
      state.values.set(values);
      return state;
    },
  });
}

/** Stateless, at unit scope, with a need: no more than 1 % of the weights. */
export const agc: ClipPolicy<null> = definePolicy<null>({
  name: 'agc',
  options: {},
  scope: 'unit',
  needs: ['weightNorm'],
  init: () => null,
  decide: (_, { weightNorm }) => [0.01 * Math.max(weightNorm!, 1e-3), null],
});

/** Scales every gradient to norm 1. */
export const normalise: ClipPolicy<null> = definePolicy<null>({
  name: 'normalise',
  init: () => null,
  decide: (_, { norm }) => [norm > 1e-30 && norm < 1e30 ? { factor: 1 / norm } : Infinity, null],
});

/** Limits elements to a share of the largest one. */
export const elementwise: ClipPolicy<null> = definePolicy<null>({
  name: 'elementwise',
  needs: ['maxAbs'],
  init: () => null,
  decide: (_, { maxAbs }) => [{ clamp: Math.max(maxAbs! / 2, 1e-30) }, null],
});

/** Skips what is ten times the norm before. */
export const skipJumps: ClipPolicy<{ last: number }> = definePolicy<{ last: number }>({
  name: 'skip-jumps',
  init: () => ({ last: NaN }),
  decide(state, { norm }: GradientNormEvent) {
    const jump = norm > 10 * state.last;
    state.last = norm;
    return [jump ? { skip: 'a jump' } : { threshold: 100, target: 50 }, state];
  },
});

/** The next power of two above the norm before. */
export const binade: ClipPolicy<{ bound: number }> = definePolicy<{ bound: number }>({
  name: 'binade',
  init: () => ({ bound: Infinity }),
  decide: ({ bound }, { norm }) => [bound, { bound: norm > 1e-300 ? 2 ** Math.ceil(Math.log2(norm)) : Infinity }],
});

/** Twice the geometric mean of about 50 norms. */
export const geometric: ClipPolicy<{ seen: number; log: number }> = definePolicy<{ seen: number; log: number }>({
  name: 'geometric',
  init: () => ({ seen: 0, log: 0 }),
  decide(state, { norm }) {
    const bound = state.seen ? 2 * Math.exp(state.log) : Infinity;
    if (norm < 1e-100 || norm > 1e100) return [bound, state];
    const seen = state.seen + 1;
    return [bound, { seen, log: state.log + (Math.log(norm) - state.log) / Math.min(seen, 50) }];
  },
});
