import { isPositive } from '../bound.ts';
import { assertOption } from '../errors.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { mapBounds } from './combine.ts';

/**
 * The norm after is at least `limit`, or the norm itself where that is smaller: thresholds and targets are raised to it,
 * a factor that would leave less is replaced by `limit / norm`. Clamp and skip pass through.
 *
 * @param limit In the unit of the norm, finite and > 0.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION
 * @example
 * simulate(floor(0.1, 2), [1, 8]).map((decision) => decision.normAfter); // [1, 2]
 */
export function floor(policy: PolicyLike, limit: number): ClipPolicy {
  const inner = toPolicy(policy, 'floor');
  assertOption('floor', 'limit', limit, isPositive(limit), 'a finite number > 0');
  return mapBounds(
    'floor',
    inner,
    (spec) => ({ policy: spec, limit }),
    (bound, norm) => {
      if (typeof bound === 'number') return Math.max(bound, limit);
      if ('threshold' in bound)
        return { threshold: Math.max(bound.threshold, limit), target: Math.max(bound.target, limit) };
      if (!('factor' in bound) || norm * bound.factor >= Math.min(norm, limit)) return bound;
      return { factor: Math.min(1, limit / norm) || Number.MIN_VALUE };
    },
  );
}
