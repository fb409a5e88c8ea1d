import { isHit } from '../bound.ts';
import { assertOption, assertOptions } from '../errors.ts';
import { toPolicy } from '../policy.ts';
import type { ClipPolicy, PolicyLike } from '../policy.ts';
import { combine } from './combine.ts';

/**
 * After `after` hits in a row the next event meets a fresh state: a rule that has locked itself in starts anew at the
 * level the norms have reached.
 *
 * @param options.after An integer >= 1.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION
 * @example
 * const policy = rewarm(percentile({ p: 50, window: Infinity }), { after: 100 });
 */
export function rewarm(policy: PolicyLike, options: { readonly after: number }): ClipPolicy {
  assertOptions('rewarm', options, ['after']);
  const { after } = options;
  assertOption('rewarm', 'after', after, Number.isInteger(after) && after >= 1, 'an integer >= 1');
  return combine<{ readonly hits: number }>({
    name: 'rewarm',
    policies: [toPolicy(policy, 'rewarm')],
    options: ([spec]) => ({ policy: spec!, after }),
    init: () => ({ hits: 0 }),
    decide([bound], { norm, maxAbs }, { hits }) {
      const row = isHit(bound!, norm, maxAbs) ? hits + 1 : 0;
      return row < after ? [bound!, { hits: row }] : [bound!, { hits: 0 }, true];
    },
    forecast: ([bound]) => bound,
  });
}
