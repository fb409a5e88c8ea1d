import { checkBound } from '../bound.ts';
import type { ClipBound } from '../bound.ts';
import { assertOption, assertOptions } from '../errors.ts';
import type { Json } from '../json.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { combine } from './combine.ts';

type WarmupOwn = { readonly seen: number; readonly late: boolean };

/**
 * For the first `steps` events of a key the answer is `until`; the policy is already fed, and its answers are ignored.
 * `{ skip: 'calibrating' }` measures some gradients before the first update, and with this reason `SKIPPING` is not alerted;
 * for keys first seen after step 0 it means Infinity, because their arrival must not stop the others. A bad step is seen by
 * no policy: when step 0 is one, every key counts as first seen after it.
 *
 * @param options.steps An integer >= 0.
 * @param options.until Default Infinity.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION, INVALID_BOUND
 * @example
 * simulate(warmup(1, { steps: 1, until: 5 }), [8, 8]).map((decision) => decision.normAfter); // [5, 1]
 */
export function warmup(
  policy: PolicyLike,
  options: { readonly steps: number; readonly until?: ClipBound },
): ClipPolicy {
  const inner = toPolicy(policy, 'warmup');
  assertOptions('warmup', options, ['steps', 'until']);
  const { steps, until = Infinity } = options;
  assertOption('warmup', 'steps', steps, Number.isInteger(steps) && steps >= 0, 'an integer >= 0');
  checkBound(until);
  const skips = typeof until === 'object' && 'skip' in until;
  const clamps = typeof until === 'object' && 'clamp' in until;
  const known = !skips && !(typeof until === 'object' && 'factor' in until);
  return combine<WarmupOwn>({
    name: 'warmup',
    policies: [inner],
    options: ([spec]) => ({ policy: spec!, steps, until: until as Json }),
    needs: clamps ? ['maxAbs'] : [],
    init: () => ({ seen: 0, late: false }),
    decide([bound], { step }, { seen, late }) {
      const own = { seen: Math.min(seen + 1, steps), late: seen === 0 ? step > 0 : late };
      return [seen >= steps ? bound! : skips && own.late ? Infinity : until, own];
    },
    forecast([bound], { step }, { seen, late }) {
      if (seen >= steps) return bound;
      if (skips && (seen === 0 ? step > 0 : late)) return Infinity;
      return known ? until : undefined;
    },
  });
}
