import { createClipper, warmup } from '@gradclip/core';
import type { Clipper, PolicyLike } from '@gradclip/core';
import type { Run } from '@gradclip/example-compare/worker';
import { fixed, movingAverage, percentile } from '@gradclip/policies';

export interface LetterRun extends Run {
  /** The learning rate of the first step. */
  readonly rate: number;
  /** A new clipper for one training. */
  clipper(): Clipper;
}

type Policy = Pick<LetterRun, 'name' | 'title' | 'kind' | 'clipper'>;

/** Looks at ten gradients before the first update. */
const calibrated = (policy: PolicyLike): PolicyLike => warmup(policy, { steps: 10, until: { skip: 'calibrating' } });

/** Clips nothing and lets everything through, as a training without a clipper would. */
const none: Policy = {
  name: 'none',
  title: 'none',
  kind: 'none',
  clipper: () => createClipper(Infinity, { onNonFinite: 'pass' }),
};

const constant = (threshold: number): Policy => ({
  name: `fixed-${threshold}`,
  title: `fixed ${threshold}`,
  kind: 'constant',
  clipper: () => createClipper(fixed(threshold)),
});

const average: Policy = {
  name: 'moving-average',
  title: 'moving average x1.5',
  kind: 'adaptive',
  clipper: () => createClipper(calibrated(movingAverage({ multiple: 1.5 }))),
};

const percentileOfAll = (p: number): Policy => ({
  name: `percentile-${p}`,
  title: `percentile ${p}`,
  kind: 'adaptive',
  clipper: () => createClipper(calibrated(percentile({ p, window: Infinity }))),
});

/** Learning rates of the first step, per batch and in nats. */
export const rates = { middle: 20, high: 40, low: 10 } as const;

/** Heading of the runs with a learning rate. */
export const groupOf = (rate: number): string => `learning rate ${rate}`;

/** At the middle rate a run has the name of its policy. */
const at = (rate: number, policies: readonly Policy[]): LetterRun[] =>
  policies.map((policy) => {
    const { name, title } = policy;
    const own = rate === rates.middle ? {} : { name: `${name}-at-${rate}`, title: `${title}, at ${rate}` };
    return { ...policy, ...own, titleInGroup: title, group: groupOf(rate), rate };
  });

/** Every run, in the order of the table. */
export const runs: readonly LetterRun[] = [
  ...at(rates.middle, [none, constant(0.25), constant(1), average, percentileOfAll(10)]),
  ...at(rates.high, [constant(0.25), percentileOfAll(10)]),
  ...at(rates.low, [none, percentileOfAll(10)]),
];
