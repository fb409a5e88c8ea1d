import { isHit } from '../bound.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { combine } from './combine.ts';

/**
 * Skips the step where the norm is a hit of `limit`; else the policy's bound. Both see every norm. No forecast.
 *
 * @param limit A policy, or a number: the largest norm that is not skipped, in the unit of the norm.
 * @throws GradclipError INVALID_POLICY, INVALID_SCOPE
 * @example
 * simulate(skipAbove(1, 5), [2, 8]).map((decision) => decision.action); // ['scale', 'skip']
 */
export function skipAbove(policy: PolicyLike, limit: PolicyLike): ClipPolicy {
  return combine<null>({
    name: 'skipAbove',
    policies: [toPolicy(policy, 'skipAbove'), toPolicy(limit, 'skipAbove, limit')],
    options: ([inner, outer]) => ({ policy: inner!, limit: outer! }),
    init: () => null,
    decide([bound, above], { norm, maxAbs }) {
      if (!isHit(above!, norm, maxAbs)) return [bound!, null];
      const threshold = typeof above === 'number' ? above : 'threshold' in above! ? above.threshold : undefined;
      return [
        { skip: threshold === undefined ? `norm ${norm} hits the limit` : `norm ${norm} is above ${threshold}` },
        null,
      ];
    },
  });
}
