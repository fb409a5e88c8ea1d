import {
  cap,
  definePolicy,
  floor,
  fromOperator,
  largest,
  rewarm,
  skipAbove,
  smallest,
  switchAt,
  times,
  warmup,
} from '@gradclip/core';
import type { ClipGroup, ClipPolicy, StepDecision } from '@gradclip/core';
import { decaying, fixed, movingAverage, percentile } from '@gradclip/policies';
import { map, scan } from 'rxjs';
import { answering } from './clipper.ts';
import type { Tensors } from './clipper.ts';

/** Numbers in (0, 1) that look random, the same ones each time. */
export function* noise(seed: number): Generator<number, never> {
  for (;;) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    yield (seed + 0.5) / 2 ** 32;
  }
}

/** Norms of a run: most between 0.1 and 10, some spikes and equal ones, zeros. */
export function normsOf(seed: number, count: number): readonly number[] {
  const random = noise(seed);
  return Array.from({ length: count }, () => {
    const [kind, size] = [random.next().value, random.next().value];
    if (kind < 0.05) return 0;
    if (kind < 0.1) return 1000 * size;
    return kind < 0.2 ? 3 : 10 ** (2 * size - 1);
  });
}

export interface RunStep {
  readonly tensors: Tensors;
  readonly loss: number;
}

/**
 * Steps over tensors of groups: two tensors each, the second one missing in every third step and empty in every fifth;
 * about one step in forty has an element, and one in sixty a loss, that is not finite.
 */
export function stepsOf(prefixes: readonly string[], count: number, seed: number): readonly RunStep[] {
  const random = noise(seed);
  const norms = normsOf(seed + 1, count * prefixes.length * 2);
  return Array.from({ length: count }, (_, step) => {
    const bad = random.next().value < 1 / 40;
    const tensors = prefixes.flatMap((prefix, g): [string, number[]][] => {
      const [a, b] = [norms[(step * prefixes.length + g) * 2]!, norms[(step * prefixes.length + g) * 2 + 1]!];
      const first: [string, number[]] = [`${prefix}a`, [bad && g === step % prefixes.length ? NaN : a, a / 2]];
      return step % 3 === 2 ? [first] : [first, [`${prefix}b`, step % 5 === 4 ? [] : [b]]];
    });
    return { tensors: Object.fromEntries(tensors), loss: random.next().value < 1 / 60 ? Infinity : norms[step]! };
  });
}

/** A decision in a line; equal only where every number is. */
export function brief(step: StepDecision): string {
  const { action, norm, normAfter, reason, decisions } = step;
  const keys = decisions.map((own) =>
    [own.key, own.norm, own.threshold, own.action, own.factor, own.normAfter, own.reason].join(' '),
  );
  return [step.step, action, norm, normAfter, reason, ...keys].join('; ');
}

const mean = definePolicy<{ seen: number; mean: number }>({
  name: 'mean',
  init: () => ({ seen: 0, mean: 0 }),
  decide({ seen, mean: average }, { norm }) {
    const bound = seen > 5 && average > 0 ? 1.5 * average : Infinity;
    return [bound, { seen: seen + 1, mean: average + (Math.min(norm, bound) - average) / (seen + 1) }];
  },
  forecast: ({ seen, mean: average }) => (seen > 5 && average > 0 ? 1.5 * average : Infinity),
});

/** A state that is not plain data, changed in place, at a version of its own. */
const ring: ClipPolicy<{ values: Float64Array; at: number }> = {
  name: 'ring',
  stateVersion: 3,
  init: () => ({ values: new Float64Array(16), at: 0 }),
  decide(state, { norm }) {
    const bound = Math.max(...state.values) * 0.8 || Infinity;
    state.values[state.at++ % 16] = norm;
    return [bound, state];
  },
  save: ({ values, at }) => ({ values: [...values], at }),
  load(saved, version) {
    if (version !== 3) throw new Error(`version ${version}`);
    const { values, at } = saved as { values: number[]; at: number };
    return { values: Float64Array.from(values), at };
  },
};

/** Numbers in the state that JSON cannot spell. */
const odd: ClipPolicy<{ low: number; high: number; last: number | null }> = {
  name: 'odd',
  init: () => ({ low: Infinity, high: -Infinity, last: null }),
  decide({ low, high }, { norm }) {
    return [
      high > 0 ? { threshold: high, target: low || 1 } : Infinity,
      { low: Math.min(low, norm), high: Math.max(high * 0.9, norm), last: -0 },
    ];
  },
};

const failing = (at: number, rest: number) =>
  answering(({ step }, seen) => (step % at === rest ? NaN : 2 + (seen % 5)));
const highest = fromOperator(
  'highest',
  (norms$) =>
    norms$.pipe(
      scan((last: number[], { norm }) => [...last.slice(-19), norm], []),
      map((last) => Math.max(...last.slice(0, -1), 1e-3)),
    ),
  { replay: 20, until: 5 },
);

const records = ['raw', 'clipped', 'accepted'] as const;
const adaptive = (p: number): ClipPolicy => percentile({ p, window: 30 });

/** Policies by room; those of one room share a clipper, a group each. */
export const rooms: Readonly<Record<string, readonly ClipPolicy[]>> = {
  'written inline': [
    mean,
    ring,
    odd,
    highest,
    answering(({ loss }, seen) => (loss! > 5 ? { factor: 0.5 } : 1 + seen), { needs: ['loss'] }),
    answering(({ maxAbs }, seen) => ({ clamp: Math.max(maxAbs! * 0.7, seen, 1e-3) }), {
      needs: ['maxAbs', 'globalNorm'],
    }),
  ],
  'that fail': [
    mean,
    failing(40, 20),
    failing(3, 1),
    answering(({ step, key }) => (step % 50 === 30 && key.endsWith('b') ? 0 : 3)),
  ],
  'that skip': [
    mean,
    answering((_, seen) => (seen % 17 > 14 ? { skip: `${seen}` } : 4)),
    warmup(mean, { steps: 12, until: { skip: 'calibrating' } }),
    skipAbove(mean, 500),
  ],
  'by combinators': [
    cap(mean, 2),
    floor(adaptive(20), 0.5),
    times(adaptive(50), 1.5),
    smallest(mean, adaptive(60), 4),
    largest(adaptive(5), odd, 0.2),
    warmup(adaptive(40), { steps: 40, until: 2 }),
    switchAt(250, adaptive(30), decaying({ schedule: 'linear', from: 5, to: 1, steps: 400 })),
    rewarm(percentile({ p: 50, record: 'accepted' }), { after: 5 }),
    rewarm(cap(times(warmup(smallest(mean, ring), { steps: 3 }), 2), 9), { after: 4 }),
  ],
  'that decay, and fixed ones': [
    fixed(1),
    fixed(Infinity),
    ...(['linear', 'cosine', 'exponential'] as const).map((schedule) =>
      decaying({ schedule, from: 9, to: 0.5, steps: 300 }),
    ),
    decaying({ schedule: 'step', from: 9, factor: 0.7, every: 40 }),
    decaying({ schedule: 'on-hits', from: 50, to: 0.5, factor: 0.7, rate: 0.2, window: 9 }),
  ],
  'of averages': (['simple', 'exponential'] as const).flatMap((kind) =>
    records.flatMap((record) => [
      movingAverage({ kind, record, window: 13, decay: 0.9 }),
      movingAverage({ kind, record, window: 40, warmup: 0, multiple: 0.8, includeCurrent: true }),
    ]),
  ),
  'of percentiles': records.flatMap((record) =>
    [11, 100, Infinity].flatMap((window) => [
      percentile({ p: 70, window, record }),
      percentile({ p: 70, window, record, includeCurrent: true }),
    ]),
  ),
};

/** A group for each policy, at group and at tensor scope in turn. */
export function groupsOf(policies: readonly ClipPolicy[]): readonly (ClipGroup & { readonly match: string })[] {
  return policies.map((policy, i) => ({ match: `${i}/`, policy, scope: i % 2 ? 'tensor' : 'group' }));
}
