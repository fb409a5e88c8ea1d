import { describe, GradclipError } from '../errors.ts';
import { normAfter } from '../bound.ts';
import type { ClipBound } from '../bound.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { combine } from './combine.ts';

/** `sign` 1: the smallest norm after; -1: the largest. */
export function extreme(name: string, sign: 1 | -1, arguments_: readonly PolicyLike[]): ClipPolicy {
  const policies = arguments_.map((policy, i) => toPolicy(policy, `${name}, argument ${i + 1}`));
  if (!policies.length)
    throw new GradclipError('INVALID_POLICY', `${name} needs at least one policy, got none.`, {
      advice: `Write ${name}(1, percentile({ p: 10 })).`,
    });
  const choose = (bounds: readonly ClipBound[], norm: number): ClipBound =>
    bounds.reduce((best, bound) => (comesBefore(bound, best, norm, sign) ? bound : best));
  return combine<null>({
    name,
    policies,
    options: (specs) => ({ policies: specs }),
    init: () => null,
    decide(bounds, { norm }) {
      const clamp = bounds.find((bound) => typeof bound === 'object' && 'clamp' in bound);
      if (clamp === undefined) return [choose(bounds, norm), null];
      throw new GradclipError(
        'INVALID_BOUND',
        `${name} cannot compare ${describe(clamp)}: the norm after a clamp is not known.`,
        {
          where: { combinator: name },
          advice: 'Join policies that bound the norm.',
        },
      );
    },
    // Of plain thresholds the smaller one leaves less whatever the norm will be; other bounds depend on it.
    forecast: (bounds) =>
      bounds.every((bound) => typeof bound === 'number')
        ? sign * Math.min(...bounds.map((bound) => sign * (bound as number)))
        : undefined,
  });
}

/** By the norm after; ties: numbers first, then the smaller (larger) threshold, then the order of the arguments. */
function comesBefore(a: ClipBound, b: ClipBound, norm: number, sign: 1 | -1): boolean {
  const [after, best] = [normAfter(a, norm), normAfter(b, norm)];
  if (after !== best) return sign * after < sign * best;
  if ((typeof a === 'number') !== (typeof b === 'number')) return typeof a === 'number';
  return sign * thresholdOf(a, sign) < sign * thresholdOf(b, sign);
}

/** A bound without a threshold comes last. */
function thresholdOf(bound: ClipBound, sign: 1 | -1): number {
  if (typeof bound === 'number') return bound;
  return 'threshold' in bound ? bound.threshold : sign * Infinity;
}
