import {
  cap,
  definePlugin,
  fixed,
  floor,
  fromOperator,
  largest,
  rewarm,
  skipAbove,
  smallest,
  switchAt,
  times,
  warmup,
} from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { map, pairwise, scan } from 'rxjs';
import { describe, test } from 'vitest';
import { agc, elementwise, largestOf, mean, normalise, skipJumps } from './referencePolicies.ts';

const registry = createRegistry([
  definePlugin({
    meta: { name: 'test', version: '1.0.0', apiVersion: 1 },
    policies: {
      fixed: { create: ({ threshold }: { threshold: number }) => fixed(threshold) },
      mean: { create: mean },
      'largest-of': { create: ({ window }: { window: number }) => largestOf(window) },
    },
  }),
]);

/** Everything in them has options, so a registry makes them again. */
const fromOptions: Record<string, () => ClipPolicy> = {
  'fixed(Infinity)': () => fixed(Infinity),
  'cap(mean, 3)': () => cap(mean(), 3),
  'floor(largest-of, 2)': () => floor(largestOf(20), 2),
  'times(mean, 0.5)': () => times(mean({ warmup: 0 }), 0.5),
  'times(largest-of, 0.5)': () => times(largestOf(20), 0.5),
  'times(mean, 1e10)': () => times(mean({ warmup: 0 }), 1e10),
  'smallest(mean, 2, largest-of)': () => smallest(mean(), 2, largestOf(20)),
  'largest(mean, largest-of)': () => largest(mean(), largestOf(600)),
  'warmup(mean)': () => warmup(mean(), { steps: 30 }),
  'warmup(mean) that skips': () => warmup(mean(), { steps: 3, until: { skip: 'calibrating' } }),
  'warmup(mean) that scales': () => warmup(mean(), { steps: 3, until: { factor: 0.1 } }),
  'warmup(mean) that lands elsewhere': () => warmup(mean(), { steps: 3, until: { threshold: 3, target: 1 } }),
  'switchAt(50)': () => switchAt(50, mean(), largestOf(10)),
  'skipAbove(mean, largest-of)': () => skipAbove(mean({ multiple: 1 }), times(largestOf(50), 3)),
  'rewarm(mean)': () => rewarm(mean({ multiple: 1, warmup: 3 }), { after: 4 }),
  'rewarm(largest-of) in cap in smallest': () => smallest(cap(rewarm(largestOf(5), { after: 2 }), 7), mean()),
};

/** Something in them has none. */
const fromCode: Record<string, () => ClipPolicy<any>> = {
  'cap(agc, 1)': () => cap(agc, 1),
  'cap(normalise, 0.5)': () => cap(normalise, 0.5),
  'floor(normalise, 3)': () => floor(normalise, 3),
  'times(elementwise, 2)': () => times(elementwise, 2),
  'largest(skip-jumps, 1)': () => largest(skipJumps, 1),
  'smallest(normalise, skip-jumps)': () => smallest(normalise, skipJumps),
  'a chain with a memory of 20': () =>
    fromOperator(
      'highest-of-20',
      (norms$) =>
        norms$.pipe(
          scan((last: readonly number[], { norm }) => [...last.slice(-19), norm], []),
          map((last) => Math.max(...last) || Infinity),
        ),
      { replay: 20 },
    ),
  'a chain that begins late': () =>
    fromOperator(
      'ratio',
      (norms$) =>
        norms$.pipe(
          pairwise(),
          map(([before]) => before.norm || Infinity),
        ),
      { replay: 1, until: { skip: 'the first' } },
    ),
  'a chain in a combinator': () =>
    warmup(
      fromOperator('twice', (norms$) => norms$.pipe(map(({ norm }) => 2 * norm || 1)), { replay: 0 }),
      { steps: 5 },
    ),
};

describe.each(Object.entries(fromOptions))('%s', (_, make) => {
  test.each(policyChecks(make, { registry }))('$name', ({ run }) => run());
});

describe.each(Object.entries(fromCode))('%s', (_, make) => {
  test.each(policyChecks(make))('$name', ({ run }) => run());
});
