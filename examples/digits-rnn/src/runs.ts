import { createClipper, warmup } from '@gradclip/core';
import type { Clipper, PolicyLike } from '@gradclip/core';
import { decaying, fixed, movingAverage, percentile } from '@gradclip/policies';

/** One line of the comparison. */
export interface Run {
  /** What `--policies` calls it. */
  readonly name: string;
  readonly title: string;
  /** What the rule needs to know beforehand. */
  readonly kind: 'none' | 'constant' | 'schedule' | 'adaptive';
  /** Whether the training images hold the damaged ones. */
  readonly data: 'damaged' | 'clean';
  /** A new clipper for a training of so many steps. */
  clipper(steps: number): Clipper;
}

/** Looks at ten gradients before the first update, because the first one may come from a damaged image. */
const calibrated = (policy: PolicyLike): PolicyLike => warmup(policy, { steps: 10, until: { skip: 'calibrating' } });

/** Clips nothing and lets everything through, as a training loop without a clipper would. */
const unclipped = (): Clipper => createClipper(Infinity, { onNonFinite: 'pass' });

const constant = (threshold: number): Omit<Run, 'data'> => ({
  name: `fixed-${threshold}`,
  title: `fixed ${threshold}`,
  kind: 'constant',
  clipper: () => createClipper(fixed(threshold)),
});

const percentileOfAll = (p: number): Omit<Run, 'data'> => ({
  name: `percentile-${p}`,
  title: `percentile ${p}`,
  kind: 'adaptive',
  clipper: () => createClipper(calibrated(percentile({ p, window: Infinity }))),
});

const policies: readonly Omit<Run, 'data'>[] = [
  { name: 'none', title: 'none', kind: 'none', clipper: unclipped },
  constant(0.1),
  constant(1),
  constant(3),
  constant(10),
  {
    name: 'decaying',
    title: 'decaying 10 to 0.1',
    kind: 'schedule',
    clipper: (steps) => createClipper(decaying({ from: 10, to: 0.1, steps, schedule: 'exponential' })),
  },
  {
    name: 'moving-average',
    title: 'moving average x1.5',
    kind: 'adaptive',
    clipper: () =>
      createClipper(calibrated(movingAverage({ kind: 'exponential', decay: 0.98, multiple: 1.5, record: 'clipped' }))),
  },
  percentileOfAll(10),
  percentileOfAll(50),
];

const alsoClean = new Set(['none', 'fixed-1', 'percentile-10']);

/** Every run, in the order of the table. */
export const runs: readonly Run[] = [
  ...policies.map((policy) => ({ ...policy, data: 'damaged' as const })),
  ...policies
    .filter(({ name }) => alsoClean.has(name))
    .map((policy) => ({
      ...policy,
      name: `${policy.name}-clean`,
      title: `${policy.title}, clean`,
      data: 'clean' as const,
    })),
];

export function findRun(name: string): Run {
  const run = runs.find((candidate) => candidate.name === name);
  if (!run) throw new Error(`There is no run '${name}'; the runs are ${runs.map((each) => each.name).join(', ')}.`);
  return run;
}
