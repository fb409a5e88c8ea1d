import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { extreme } from './extremes.ts';

/**
 * Of several policies the bound that leaves the largest norm, unchanged; a skip counts as 0. Ties: thresholds before
 * other bounds, then the larger threshold, then the order of the arguments. A clamp inside is a policy fault.
 *
 * @throws GradclipError INVALID_POLICY, INVALID_SCOPE
 * @example
 * simulate(largest(1, 3), [2, 6]).map((decision) => decision.normAfter); // [2, 3]
 */
export function largest(...policies: PolicyLike[]): ClipPolicy {
  return extreme('largest', -1, policies);
}
