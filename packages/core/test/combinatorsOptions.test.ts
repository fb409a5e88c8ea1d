import {
  cap,
  decode,
  definePlugin,
  encode,
  fixed,
  floor,
  largest,
  rewarm,
  skipAbove,
  smallest,
  switchAt,
  times,
  warmup,
} from '@gradclip/core';
import type { ClipPolicy, Json, Need, PolicyLike } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEED } from './support/arbitraries.ts';
import { codeOf, errorOf } from './support/errors.ts';
import { policyOf, someEvents, someTree } from './support/naiveTree.ts';
import { always, answers, ring, script } from './support/policies.ts';

/** Each combinator around one or two policies. */
const COMBINATORS: readonly [name: string, make: (a: PolicyLike, b: PolicyLike) => ClipPolicy][] = [
  ['cap', (a) => cap(a, 2)],
  ['floor', (a) => floor(a, 2)],
  ['times', (a) => times(a, 2)],
  ['smallest', (a, b) => smallest(a, b)],
  ['largest', (a, b) => largest(a, b)],
  ['warmup', (a) => warmup(a, { steps: 2 })],
  ['switchAt', (a, b) => switchAt(2, a, b)],
  ['skipAbove', (a, b) => skipAbove(a, b)],
  ['rewarm', (a) => rewarm(a, { after: 2 })],
];
const OF_TWO = ['smallest', 'largest', 'switchAt', 'skipAbove'];

describe('options', () => {
  const one = { name: 'fixed', options: { threshold: 1 } };
  const two = { name: 'fixed', options: { threshold: 2 } };

  test.each<[policy: ClipPolicy, options: Json]>([
    [cap(1, 2), { policy: one, limit: 2 }],
    [floor(1, 2), { policy: one, limit: 2 }],
    [times(1, 2), { policy: one, factor: 2 }],
    [smallest(1, 2), { policies: [one, two] }],
    [largest(1, 2), { policies: [one, two] }],
    [warmup(1, { steps: 3 }), { policy: one, steps: 3, until: Infinity }],
    [
      warmup(1, { steps: 3, until: { skip: 'calibrating' } }),
      { policy: one, steps: 3, until: { skip: 'calibrating' } },
    ],
    [switchAt(3, 1, 2), { step: 3, before: one, after: two }],
    [skipAbove(1, 2), { policy: one, limit: two }],
    [rewarm(1, { after: 3 }), { policy: one, after: 3 }],
    [cap(smallest(1, 2), 9), { policy: { name: 'smallest', options: { policies: [one, two] } }, limit: 9 }],
  ])('of $name nest the specs of the inner policies', (policy, options) => {
    expect(policy.options).toEqual(options);
  });

  test.each(COMBINATORS)('of %s are absent where an inner policy has none', (name, make) => {
    const { options: _options, ...without } = always(1);
    expect(make(without, 1)).not.toHaveProperty('options');
    if (OF_TWO.includes(name)) expect(make(1, without)).not.toHaveProperty('options');
    expect(make(1, 1)).toHaveProperty('options');
  });

  test('make a registry build a policy that decides the same', () => {
    const test_ = definePlugin({
      meta: { name: 'test', version: '1.0.0', apiVersion: 1 },
      policies: {
        script: { create: ({ bounds }: { bounds: never }) => script(bounds) },
        ring: { create: ({ window }: { window: number }) => ring(window) },
        fixed: { create: ({ threshold }: { threshold: number }) => fixed(threshold) },
      },
    });
    fc.assert(
      fc.property(someTree, someEvents, (tree, events) => {
        const { name, options } = policyOf(tree);
        const again = createRegistry([test_]).policy(decode(encode({ name, options: options! })) as { name: string });
        expect(encode(again.options!)).toBe(encode(options!));
        expect(again.name).toBe(name);
        expect(answers(again, events).bounds).toEqual(answers(policyOf(tree), events).bounds);
      }),
      { ...SEED, numRuns: 300 },
    );
  });
});

describe('needs and scope', () => {
  const needing = (...needs: Need[]): ClipPolicy<null> => ({ ...always(1), needs });

  test.each(COMBINATORS)('of %s are those of the inner policies together', (name, make) => {
    const policy = make(needing('loss', 'maxAbs'), needing('maxAbs', 'weightNorm'));
    const expected = OF_TWO.includes(name) ? ['loss', 'maxAbs', 'weightNorm'] : ['loss', 'maxAbs'];
    expect([...(policy.needs ?? [])].toSorted()).toEqual(expected);
    expect(make(1, 1)).not.toHaveProperty('needs');
    expect(make({ ...always(1), scope: 'unit' }, 1).scope).toBe('unit');
    expect(make(1, 1)).not.toHaveProperty('scope');
  });

  test('a warm-up until a clamp needs the largest element', () => {
    expect(warmup(1, { steps: 1, until: { clamp: 1 } }).needs).toEqual(['maxAbs']);
  });

  test.each(COMBINATORS.filter(([name]) => OF_TWO.includes(name)))(
    '%s refuses policies of two scopes',
    (name, make) => {
      const error = errorOf(() => make({ ...always(1), scope: 'unit' }, { ...always(1), scope: 'tensor' }));
      expect(error).toMatchObject({ code: 'INVALID_SCOPE', where: { combinator: name, scopes: ['unit', 'tensor'] } });
      expect(make({ ...always(1), scope: 'unit' }, { ...always(1), scope: 'unit' }).scope).toBe('unit');
    },
  );
});

describe('arguments', () => {
  test.each<[what: string, make: () => unknown, message: string]>([
    ['cap of 0', () => cap(1, 0), 'cap({ limit }) must be a number > 0, got 0.'],
    ['cap of NaN', () => cap(1, NaN), 'cap({ limit }) must be a number > 0, got NaN.'],
    ['cap of text', () => cap(1, '2' as never), 'cap({ limit }) must be a number > 0, got "2".'],
    ['floor of Infinity', () => floor(1, Infinity), 'floor({ limit }) must be a finite number > 0, got Infinity.'],
    ['floor of text', () => floor(1, '2' as never), 'floor({ limit }) must be a finite number > 0, got "2".'],
    ['times of -1', () => times(1, -1), 'times({ factor }) must be a finite number > 0, got -1.'],
    ['times of text', () => times(1, '2' as never), 'times({ factor }) must be a finite number > 0, got "2".'],
    ['warmup of -1 steps', () => warmup(1, { steps: -1 }), 'warmup({ steps }) must be an integer >= 0, got -1.'],
    ['warmup of 1.5 steps', () => warmup(1, { steps: 1.5 }), 'warmup({ steps }) must be an integer >= 0, got 1.5.'],
    ['switchAt NaN', () => switchAt(NaN, 1, 2), 'switchAt({ step }) must be an integer >= 0, got NaN.'],
    ['rewarm after 0', () => rewarm(1, { after: 0 }), 'rewarm({ after }) must be an integer >= 1, got 0.'],
    ['a threshold of 0 inside', () => cap(0, 1), 'fixed(threshold) must be a number > 0, got 0.'],
  ])('%s is refused', (_what, make, message) => {
    const error = errorOf(make);
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toContain(message);
  });

  test('cap of Infinity changes nothing', () => {
    expect(answers(cap(3, Infinity), [{ step: 0, key: 'a', norm: 8, size: 1 }]).bounds).toEqual([3]);
  });

  test.each<[what: string, make: () => unknown]>([
    ['no policy', () => smallest()],
    ['no policy', () => largest()],
    ['a text', () => cap('1' as never, 2)],
    ['a list', () => smallest([1, 2] as never)],
    ['undefined', () => switchAt(1, 1, undefined as never)],
    ['a policy without decide', () => rewarm({ name: 'x', init: () => null } as never, { after: 1 })],
  ])('%s is no policy', (_what, make) => {
    expect(codeOf(make)).toBe('INVALID_POLICY');
  });

  test('an until that is no bound is refused', () => {
    for (const until of [0, NaN, '1', { threshold: 1 }, { skip: '' }])
      expect(codeOf(() => warmup(1, { steps: 1, until: until as never }))).toBe('INVALID_BOUND');
  });
});

test.each(COMBINATORS)('%s explains itself through the inner policies', (name, make) => {
  const policy = make(1, always(2));
  const text = policy.explain!(policy.init('global'));
  expect(text).toContain(name);
  expect(text).toContain('a constant threshold of 1');
});
