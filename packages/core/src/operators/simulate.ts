import type { ClipDecision } from '../decision.ts';
import type { GuardOptions } from '../guard.ts';
import type { PolicyLike } from '../policy.ts';
import { createEventGuard } from './eventGuard.ts';

/**
 * From a list of norms to decisions: what the policy would have done, step by step, behind the guard of the clipper.
 * Ends after a decision to halt.
 * @param norms Norms of one key in order; non-finite ones meet `onNonFinite`.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION, NON_FINITE, INVALID_EVENT (the policy needs more than norms)
 * @example
 * simulate(1, [0.5, 4]).map((decision) => decision.factor); // [1, 0.25]
 */
export function simulate(
  policy: PolicyLike,
  norms: Iterable<number>,
  options: GuardOptions = {},
): readonly ClipDecision[] {
  const decide = createEventGuard(policy, options, 'simulate');
  const decisions: ClipDecision[] = [];
  for (const norm of norms) {
    const decision = decide({ step: decisions.length, key: 'global', norm, size: 1 });
    decisions.push(decision);
    if (decision.action === 'halt') break;
  }
  return decisions;
}
