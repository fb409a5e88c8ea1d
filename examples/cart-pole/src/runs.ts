import { createClipper } from '@gradclip/core';
import type { Clipper, ClipPolicy } from '@gradclip/core';
import { explainer } from '@gradclip/example-compare/worker';
import type { Run } from '@gradclip/example-compare/worker';
import { auto, decaying, fixed, movingAverage, percentile } from '@gradclip/policies';
import type { OptimizerName } from './optimizer.ts';

export interface CartPoleRun extends Run {
  readonly optimizer: OptimizerName;
  /** The learning rate of the first step. */
  readonly rate: number;
  /** A new clipper for a training of so many steps. */
  clipper(steps: number): Clipper;
}

type Policy = Pick<CartPoleRun, 'name' | 'title' | 'kind' | 'clipper' | 'explain'>;

/** Clips nothing and lets everything through, as a training loop without a clipper would. */
const unclipped = (): Clipper => createClipper(Infinity, { onNonFinite: 'pass' });

const constant = (threshold: number): Policy => ({
  name: `fixed-${threshold}`,
  title: `fixed ${threshold}`,
  kind: 'constant',
  clipper: () => createClipper(fixed(threshold)),
});

const adaptive = (name: string, title: string, policy: ClipPolicy): Policy => ({
  name,
  title,
  kind: 'adaptive',
  clipper: () => createClipper(policy),
  explain: explainer(policy),
});

const percentileOfAll = (p: number): Policy =>
  adaptive(`percentile-${p}`, `percentile ${p}`, percentile({ p, window: Infinity }));

const policies: readonly Policy[] = [
  { name: 'none', title: 'none', kind: 'none', clipper: unclipped },
  constant(0.1),
  constant(1),
  constant(10),
  {
    name: 'decaying',
    title: 'decaying 10 to 0.1',
    kind: 'schedule',
    clipper: (steps) => createClipper(decaying({ from: 10, to: 0.1, steps, schedule: 'exponential' })),
  },
  adaptive('auto', 'auto', auto()),
  adaptive('moving-average', 'moving average x0.5', movingAverage({ multiple: 0.5 })),
  percentileOfAll(10),
  percentileOfAll(50),
];

/** Policies that are also tried where clipping has less to do. */
const again = policies.filter(({ name }) => ['none', 'fixed-1', 'auto', 'percentile-10'].includes(name));

const variant = (word: string, group: string, optimizer: OptimizerName, rate: number): CartPoleRun[] =>
  again.map((policy) => ({
    ...policy,
    name: `${policy.name}-${word.toLowerCase()}`,
    title: `${policy.title}, ${word}`,
    titleInGroup: policy.title,
    group,
    optimizer,
    rate,
  }));

export const fastGroup = 'SGD at rate 0.5';
export const slowGroup = 'SGD at rate 0.05';
export const adamGroup = 'Adam at rate 0.03';

/** Every run, in the order of the table. */
export const runs: readonly CartPoleRun[] = [
  ...policies.map((policy) => ({ ...policy, group: fastGroup, optimizer: 'sgd' as const, rate: 0.5 })),
  ...variant('slow', slowGroup, 'sgd', 0.05),
  ...variant('Adam', adamGroup, 'adam', 0.03),
];
