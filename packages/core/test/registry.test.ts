import { fixed } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { describe, expect, test } from 'vitest';
import { codeOf, errorOf } from './support/errors.ts';
import { entry, named, plugin } from './support/plugins.ts';
import { always, answers, eventOf } from './support/policies.ts';

const COMBINATORS = ['cap', 'floor', 'times', 'smallest', 'largest', 'warmup', 'switchAt', 'skipAbove', 'rewarm'];

const boundOn = (policy: ClipPolicy, norm: number): unknown => answers(policy, [eventOf(norm)]).bounds[0];

const ema = plugin('clip-policy-ema', {
  ema: entry(({ decay = 0.9 }: { decay?: number }) => ({ ...named('ema', decay), options: { decay } })),
});
const other = plugin('other', {
  ema: entry(() => named('ema', 7)),
  fixed: entry(({ threshold }: { threshold: number }) => fixed(threshold)),
});

describe('a registry', () => {
  test('has the combinators, and what it is given, with the plugin of each', () => {
    const list = createRegistry([ema]).list();
    expect(list.filter((one) => one.plugin === '@gradclip/core').map(({ name }) => name)).toEqual(COMBINATORS);
    expect(list).toContainEqual({ name: 'ema', plugin: 'clip-policy-ema' });
    expect(createRegistry().list()).toHaveLength(9);
  });

  test('makes a policy from its name and options', () => {
    const registry = createRegistry([ema]);
    expect(registry.policy({ name: 'ema', options: { decay: 0.5 } }).options).toEqual({ decay: 0.5 });
    expect(registry.policy({ name: 'ema' }).options).toEqual({ decay: 0.9 });
    expect(registry.policy({ name: 'clip-policy-ema/ema' }).name).toBe('ema');
  });

  test('takes a number for a fixed threshold, also inside', () => {
    const registry = createRegistry();
    expect(registry.policy(3)).toMatchObject({ name: 'fixed', options: { threshold: 3 } });
    expect(
      boundOn(
        registry.policy({
          name: 'smallest',
          options: { policies: [5, { name: 'cap', options: { policy: 9, limit: 4 } }] },
        }),
        8,
      ),
    ).toBe(4);
    expect(boundOn(registry.policy({ name: 'warmup', options: { policy: 1, steps: 1, until: 3 } }), 8)).toBe(3);
  });

  test('is one of its own', () => {
    const [first, second] = [createRegistry([ema]), createRegistry()];
    expect(first.policy({ name: 'ema' }).name).toBe('ema');
    expect(codeOf(() => second.policy({ name: 'ema' }))).toBe('UNKNOWN_POLICY');
    expect(first.policy({ name: 'ema' })).not.toBe(first.policy({ name: 'ema' }));
  });

  test('makes policies that combinators name in their options, and makes them again', () => {
    const registry = createRegistry([plugin('a', { 'my-rule': entry(() => named('something else', 2)) })]);
    const policy = registry.policy({
      name: 'cap',
      options: { policy: { name: 'my-rule', options: { x: 1 } }, limit: 9 },
    });
    // A policy goes by the name it is found by, whatever it calls itself.
    expect(policy.options).toEqual({ policy: { name: 'my-rule', options: { bound: 2 } }, limit: 9 });
    expect(registry.policy({ name: policy.name, options: policy.options! }).options).toEqual(policy.options);
  });

  test('gives a policy without options of its own those of the spec', () => {
    const { options: _options, ...bare } = always(2);
    const registry = createRegistry([plugin('a', { bare: entry(() => bare) })]);
    expect(registry.policy({ name: 'bare', options: { x: 1 } })).toMatchObject({ name: 'bare', options: { x: 1 } });
    expect(registry.policy({ name: 'bare' }).options).toEqual({});
  });

  test('keeps a policy that is an instance of a class whole', () => {
    class Doubling {
      readonly name = 'other-name';
      #factor = 2;
      init(): { seen: number } {
        return { seen: 0 };
      }
      decide(state: { seen: number }): readonly [number, { seen: number }] {
        return [(state.seen + 1) * this.#factor, { seen: state.seen + 1 }];
      }
      forecast(state: { seen: number }): number {
        return (state.seen + 1) * this.#factor;
      }
    }
    const policy = createRegistry([plugin('a', { doubling: entry(() => new Doubling()) })]).policy({
      name: 'doubling',
      options: { x: 1 },
    });
    expect(policy).toMatchObject({ name: 'doubling', options: { x: 1 } });
    expect(answers(policy, [eventOf(1), eventOf(1, 1)]).bounds).toEqual([2, 4]);
    expect(policy.forecast!({ seen: 2 }, { step: 0, key: 'a' })).toBe(6);
  });
});

describe('an unknown name', () => {
  test.each(['emma', 'clip-policy-ema', 'clip-policy-ema/', '/ema', '', '__proto__', 'constructor', 'toString'])(
    '%j lists the known ones',
    (name) => {
      const error = errorOf(() => createRegistry([ema]).policy({ name }));
      expect(error.code).toBe('UNKNOWN_POLICY');
      expect(error.where).toEqual({ name });
      for (const known of [...COMBINATORS, 'ema']) expect(error.advice).toContain(known);
    },
  );

  test('inside a combinator is named too', () => {
    const spec = { name: 'cap', options: { policy: { name: 'emma' }, limit: 1 } };
    expect(errorOf(() => createRegistry().policy(spec)).where).toEqual({ name: 'emma' });
  });

  test.each([undefined, null, 'ema', [], {}, { name: 3 }])('%j is no spec', (spec) => {
    expect(codeOf(() => createRegistry([ema]).policy(spec as never))).toBe('INVALID_SPEC');
  });
});

describe('two plugins with one name of a policy', () => {
  const registry = createRegistry([ema, other]);

  test('need the qualified name, which the error gives', () => {
    const error = errorOf(() => registry.policy({ name: 'ema' }));
    expect(error.code).toBe('AMBIGUOUS_POLICY');
    expect(error.advice).toContain('clip-policy-ema/ema');
    expect(error.advice).toContain('other/ema');
  });

  test('have policies under it, which are made again from it', () => {
    expect(boundOn(registry.policy({ name: 'other/ema' }), 9)).toBe(7);
    const policy = registry.policy({ name: 'clip-policy-ema/ema' });
    expect(policy).toMatchObject({ name: 'clip-policy-ema/ema', options: { decay: 0.9 } });
    const capped = registry.policy({ name: 'cap', options: { policy: { name: 'other/ema' }, limit: 1 } });
    expect(capped.options).toMatchObject({ policy: { name: 'other/ema' } });
  });

  test('leave unique names alone', () => {
    expect(registry.policy({ name: 'fixed', options: { threshold: 2 } }).name).toBe('fixed');
  });

  test('and a combinator among them', () => {
    const mine = createRegistry([plugin('mine', { cap: entry(() => named('cap', 7)) })]);
    expect(codeOf(() => mine.policy({ name: 'cap' }))).toBe('AMBIGUOUS_POLICY');
    expect(boundOn(mine.policy({ name: 'mine/cap' }), 9)).toBe(7);
    expect(boundOn(mine.policy({ name: '@gradclip/core/cap', options: { policy: 5, limit: 3 } }), 9)).toBe(3);
  });
});

describe('a plugin', () => {
  test('given twice counts once; two of one name are refused', () => {
    expect(createRegistry([ema, ema]).list()).toHaveLength(10);
    const error = errorOf(() => createRegistry([ema, { ...ema, meta: { ...ema.meta, version: '2.0.0' } }]));
    expect(error).toMatchObject({ code: 'DUPLICATE_PLUGIN', where: { plugin: 'clip-policy-ema' } });
    expect(error.message).toContain('1.0.0 and 2.0.0');
  });

  test.each([0, 2, '1', undefined])('for API version %j is refused', (apiVersion) => {
    const odd = { ...ema, meta: { ...ema.meta, apiVersion } } as never;
    expect(errorOf(() => createRegistry([odd]))).toMatchObject({
      code: 'PLUGIN_API_VERSION',
      where: { plugin: 'clip-policy-ema' },
    });
  });

  test.each([
    undefined,
    null,
    1,
    'ema',
    {},
    { meta: {} },
    { meta: { name: 'x' } },
    { meta: { name: 1, apiVersion: 1 }, policies: {} },
  ])('%j is none', (odd) => {
    expect(codeOf(() => createRegistry([odd as never]))).toBe('INVALID_PLUGIN');
  });
});
