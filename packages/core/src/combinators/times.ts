import { isPositive } from '../bound.ts';
import { assertOption } from '../errors.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { mapBounds } from './combine.ts';

/**
 * Multiplies threshold, target, factor and clamp by `factor`; skip passes through. What the inner policy records stays
 * its own.
 *
 * @param factor Dimensionless, finite and > 0.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION
 * @example
 * simulate(times(1, 3), [2, 6]).map((decision) => decision.normAfter); // [2, 3]
 */
export function times(policy: PolicyLike, factor: number): ClipPolicy {
  const inner = toPolicy(policy, 'times');
  assertOption('times', 'factor', factor, isPositive(factor), 'a finite number > 0');
  return mapBounds(
    'times',
    inner,
    (spec) => ({ policy: spec, factor }),
    (bound) => {
      if (typeof bound === 'number') return product(bound, Infinity);
      if ('threshold' in bound) return { threshold: product(bound.threshold, Infinity), target: product(bound.target) };
      if ('factor' in bound) return { factor: product(bound.factor) };
      return 'clamp' in bound ? { clamp: product(bound.clamp) } : bound;
    },
  );

  /** Stays what a bound may be where the product leaves the range of numbers. */
  function product(value: number, largest: number = Number.MAX_VALUE): number {
    return Math.min(value * factor || Number.MIN_VALUE, largest);
  }
}
