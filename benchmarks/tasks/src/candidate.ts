import type { PolicyLike } from '@gradclip/core';

/** One row of every table. */
export interface Candidate {
  /** What `--policies` calls it. */
  readonly name: string;
  /** What the rule has to be told: nothing, a threshold, or numbers without a scale. */
  readonly kind: 'none' | 'constant' | 'schedule' | 'adaptive';
  /** In the grid of constants: its threshold. */
  readonly threshold?: number;
  /** A new policy for a run of at most so many steps. */
  make(steps: number): PolicyLike;
}

/** A rule that follows the norms, or the weights. */
export function adaptive(name: string, make: (steps: number) => PolicyLike): Candidate {
  return { name, kind: 'adaptive', make };
}

/** A rule with a number in the unit of the gradient. */
export function constant(name: string, make: (steps: number) => PolicyLike): Candidate {
  return { name, kind: 'constant', make };
}
