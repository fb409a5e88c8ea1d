import { createClipper } from '@gradclip/core';
import type { Clipper, ClipPolicy } from '@gradclip/core';
import { explainer } from '@gradclip/example-compare/worker';
import type { Run } from '@gradclip/example-compare/worker';
import { auto, fixed, movingAverage, percentile } from '@gradclip/policies';
import { cap, unknownWindows } from './setting.ts';

/** What the runs of a group have in common besides the network. */
interface Variant {
  /** What the squared error, in shares of the cap, is multiplied by: the unit of the loss. */
  readonly lossFactor: number;
  /** How many training windows have an unknown life. */
  readonly unknown: number;
}

export interface RulRun extends Run, Variant {
  /** A new clipper for one training. */
  clipper(): Clipper;
}

type Policy = Omit<RulRun, keyof Variant | 'group'>;

const adaptive = (name: string, title: string, policy: ClipPolicy): Policy => ({
  name,
  title,
  kind: 'adaptive',
  clipper: () => createClipper(policy),
  explain: explainer(policy),
});

// Parameters as in the comparison on handwritten digits; nothing of them was fitted to this task.
const policies: readonly Policy[] = [
  {
    name: 'none',
    title: 'none',
    kind: 'none',
    // Lets everything through, as a training loop without a clipper would.
    clipper: () => createClipper(Infinity, { onNonFinite: 'pass' }),
  },
  { name: 'fixed-1', title: 'fixed 1', kind: 'constant', clipper: () => createClipper(fixed(1)) },
  adaptive('auto', 'auto', auto()),
  adaptive('average', 'average x1.5', movingAverage({ multiple: 1.5 })),
  adaptive('percentile-10', 'percentile 10', percentile({ p: 10, window: Infinity })),
  adaptive('percentile-50', 'percentile 50', percentile({ p: 50, window: Infinity })),
];

const inCycles: Variant = { lossFactor: cap * cap, unknown: unknownWindows };
const inShares: Variant = { lossFactor: 1, unknown: unknownWindows };
const clean: Variant = { lossFactor: cap * cap, unknown: 0 };

export const cyclesGroup = 'loss in cycles squared';
export const sharesGroup: string = `the same loss in shares of ${cap} cycles`;
export const cleanGroup = 'cycles squared, no life unknown';

/** Every run, in the order of the table. */
export const runs: readonly RulRun[] = [
  ...policies.map((policy) => ({ ...policy, ...inCycles, group: cyclesGroup })),
  ...variant('shares', sharesGroup, inShares),
  ...variant('clean', cleanGroup, clean),
];

function variant(word: string, group: string, common: Variant): readonly RulRun[] {
  const chosen = policies.filter(({ name }) => ['none', 'fixed-1', 'auto', 'percentile-50'].includes(name));
  return chosen.map((policy) => ({
    ...policy,
    ...common,
    group,
    name: `${policy.name}-${word}`,
    title: `${policy.title}, ${word}`,
    titleInGroup: policy.title,
  }));
}
