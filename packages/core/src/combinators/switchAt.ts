import { assertOption } from '../errors.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { combine } from './combine.ts';

/**
 * `before` answers until `step`, from it on `after` does. Both see every norm from the start.
 *
 * @param step An integer >= 0, counted as the clipper counts.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION, INVALID_SCOPE
 * @example
 * simulate(switchAt(1, 5, 1), [8, 8]).map((decision) => decision.normAfter); // [5, 1]
 */
export function switchAt(step: number, before: PolicyLike, after: PolicyLike): ClipPolicy {
  assertOption('switchAt', 'step', step, Number.isInteger(step) && step >= 0, 'an integer >= 0');
  return combine<null>({
    name: 'switchAt',
    policies: [toPolicy(before, 'switchAt, before'), toPolicy(after, 'switchAt, after')],
    options: ([first, second]) => ({ step, before: first!, after: second! }),
    init: () => null,
    decide: (bounds, event) => [bounds[event.step < step ? 0 : 1]!, null],
    forecast: (bounds, coming) => bounds[coming.step < step ? 0 : 1],
  });
}
