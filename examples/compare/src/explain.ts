import type { ClipPolicy } from '@gradclip/core';
import type { History } from './history.ts';

/** What the policy of a run says of its last step, in words. It is shown the norms of the run once more. */
export function explainer(policy: ClipPolicy): (history: History) => string {
  return ({ norm: norms }) => {
    let state: unknown = policy.init('global');
    norms.forEach((norm, step) => {
      // A clipper shows its policy no bad norm.
      if (Number.isFinite(norm)) [, state] = policy.decide(state, { step, key: 'global', norm, size: 1 });
    });
    return policy.explain?.(state) ?? policy.name;
  };
}
