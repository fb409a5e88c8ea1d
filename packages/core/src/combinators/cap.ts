import { assertOption } from '../errors.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { mapBounds } from './combine.ts';

/**
 * The norm after is at most `limit`: thresholds and targets are lowered to it, a factor that would leave more is replaced
 * by `limit / norm`. Clamp and skip pass through. The inner policy sees every norm as it is.
 *
 * @param limit In the unit of the norm, > 0.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION
 * @example
 * simulate(cap(Infinity, 2), [1, 8]).map((decision) => decision.normAfter); // [1, 2]
 */
export function cap(policy: PolicyLike, limit: number): ClipPolicy {
  const inner = toPolicy(policy, 'cap');
  assertOption('cap', 'limit', limit, typeof limit === 'number' && limit > 0, 'a number > 0');
  return mapBounds(
    'cap',
    inner,
    (spec) => ({ policy: spec, limit }),
    (bound, norm) => {
      if (typeof bound === 'number') return Math.min(bound, limit);
      if ('threshold' in bound)
        return { threshold: Math.min(bound.threshold, limit), target: Math.min(bound.target, limit) };
      return 'factor' in bound && norm * bound.factor > limit
        ? { factor: Math.min(1, limit / norm) || Number.MIN_VALUE }
        : bound;
    },
  );
}
