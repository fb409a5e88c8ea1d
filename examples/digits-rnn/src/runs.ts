import { createClipper, warmup } from '@gradclip/core';
import type { Clipper, PolicyLike } from '@gradclip/core';
import type { Run } from '@gradclip/example-compare/worker';
import { decaying, fixed, movingAverage, percentile } from '@gradclip/policies';
import { damagedImages } from './setting.ts';

export interface DigitsRun extends Run {
  /** Whether the training images hold the damaged ones. */
  readonly data: 'damaged' | 'clean';
  /** A new clipper for a training of so many steps. */
  clipper(steps: number): Clipper;
}

/** Looks at ten gradients before the first update, because the first one may come from a damaged image. */
const calibrated = (policy: PolicyLike): PolicyLike => warmup(policy, { steps: 10, until: { skip: 'calibrating' } });

/** Clips nothing and lets everything through, as a training loop without a clipper would. */
const unclipped = (): Clipper => createClipper(Infinity, { onNonFinite: 'pass' });

const constant = (threshold: number): Omit<DigitsRun, 'data'> => ({
  name: `fixed-${threshold}`,
  title: `fixed ${threshold}`,
  kind: 'constant',
  clipper: () => createClipper(fixed(threshold)),
});

const percentileOfAll = (p: number): Omit<DigitsRun, 'data'> => ({
  name: `percentile-${p}`,
  title: `percentile ${p}`,
  kind: 'adaptive',
  clipper: () => createClipper(calibrated(percentile({ p, window: Infinity }))),
});

const policies: readonly Omit<DigitsRun, 'data'>[] = [
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

export const damagedGroup: string = `with ${damagedImages} damaged images`;

/** Every run, in the order of the table. */
export const runs: readonly DigitsRun[] = [
  ...policies.map((policy) => ({ ...policy, group: damagedGroup, data: 'damaged' as const })),
  ...policies
    .filter(({ name }) => alsoClean.has(name))
    .map((policy) => ({
      ...policy,
      name: `${policy.name}-clean`,
      title: `${policy.title}, clean`,
      titleInGroup: policy.title,
      group: 'clean images',
      data: 'clean' as const,
    })),
];
