import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { extreme } from './extremes.ts';

/**
 * Of several policies the bound that leaves the smallest norm, unchanged; a skip counts as 0. Ties: thresholds before
 * other bounds, then the smaller threshold, then the order of the arguments. A clamp inside is a policy fault.
 *
 * @throws GradclipError INVALID_POLICY, INVALID_SCOPE
 * @example
 * simulate(smallest(1, 3), [2, 6]).map((decision) => decision.normAfter); // [1, 1]
 */
export function smallest(...policies: PolicyLike[]): ClipPolicy {
  return extreme('smallest', 1, policies);
}
