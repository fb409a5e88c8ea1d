import { createClipper, warmup } from '@gradclip/core';
import type { Clipper, ClipPolicy } from '@gradclip/core';
import { explainer } from '@gradclip/example-compare/worker';
import type { Run } from '@gradclip/example-compare/worker';
import { auto, fixed, movingAverage, percentile } from '@gradclip/policies';

export interface LetterRun extends Run {
  /** The learning rate of the first step. */
  readonly rate: number;
  /** A new clipper for one training. */
  clipper(): Clipper;
}

type Policy = Pick<LetterRun, 'name' | 'title' | 'kind' | 'clipper' | 'explain'>;

/** Looks at ten gradients before the first update. */
const calibrated = (policy: ClipPolicy): ClipPolicy => warmup(policy, { steps: 10, until: { skip: 'calibrating' } });

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

const adaptive = (name: string, title: string, policy: ClipPolicy, rule: ClipPolicy = calibrated(policy)): Policy => ({
  name,
  title,
  kind: 'adaptive',
  clipper: () => createClipper(rule),
  explain: explainer(policy),
});

/** As anybody would write it who chooses nothing, so without the ten gradients that the next two look at first. */
const automatic = adaptive('auto', 'auto', auto(), auto());
const average = adaptive('moving-average', 'moving average x1.5', movingAverage({ multiple: 1.5 }));
const percentile10 = adaptive('percentile-10', 'percentile 10', percentile({ p: 10, window: Infinity }));

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
  ...at(rates.middle, [none, constant(0.25), constant(1), automatic, average, percentile10]),
  ...at(rates.high, [constant(0.25), automatic, percentile10]),
  ...at(rates.low, [none, automatic, percentile10]),
];
