import { createClipper, warmup } from '@gradclip/core';
import type { Clipper, ClipPolicy } from '@gradclip/core';
import { explainer } from '@gradclip/example-compare/worker';
import type { Run } from '@gradclip/example-compare/worker';
import { auto, decaying, fixed, movingAverage, percentile } from '@gradclip/policies';
import { damagedImages } from './setting.ts';

export interface DigitsRun extends Run {
  /** Whether the training images hold the damaged ones. */
  readonly data: 'damaged' | 'clean';
  /** A new clipper for a training of so many steps. */
  clipper(steps: number): Clipper;
}

/** Looks at ten gradients before the first update, because the first one may come from a damaged image. */
const calibrated = (policy: ClipPolicy): ClipPolicy => warmup(policy, { steps: 10, until: { skip: 'calibrating' } });

/** Clips nothing and lets everything through, as a training loop without a clipper would. */
const unclipped = (): Clipper => createClipper(Infinity, { onNonFinite: 'pass' });

const constant = (threshold: number): Omit<DigitsRun, 'data'> => ({
  name: `fixed-${threshold}`,
  title: `fixed ${threshold}`,
  kind: 'constant',
  clipper: () => createClipper(fixed(threshold)),
});

const adaptive = (
  name: string,
  title: string,
  policy: ClipPolicy,
  rule: ClipPolicy = calibrated(policy),
): Omit<DigitsRun, 'data'> => ({
  name,
  title,
  kind: 'adaptive',
  clipper: () => createClipper(rule),
  explain: explainer(policy),
});

const percentileOfAll = (p: number): Omit<DigitsRun, 'data'> =>
  adaptive(`percentile-${p}`, `percentile ${p}`, percentile({ p, window: Infinity }));

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
  // As anybody would write it who chooses nothing, so without the ten gradients that the next three look at first.
  adaptive('auto', 'auto', auto(), auto()),
  adaptive(
    'moving-average',
    'moving average x1.5',
    movingAverage({ kind: 'exponential', decay: 0.98, multiple: 1.5, record: 'clipped' }),
  ),
  percentileOfAll(10),
  percentileOfAll(50),
];

const alsoClean = new Set(['none', 'fixed-1', 'auto', 'percentile-10']);

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
