import { fixed } from '@gradclip/core';
import type { StandardSchema } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { describe, expect, test } from 'vitest';
import { codeOf, errorOf, unhandledRejections } from './support/errors.ts';
import { entry, named, plugin } from './support/plugins.ts';
import { always, script } from './support/policies.ts';

const schema = (validate: (value: unknown) => unknown): StandardSchema<any> => ({
  '~standard': { version: 1, vendor: 'test', validate },
});

const other = plugin('other', {
  ema: entry(() => named('ema', 7)),
  fixed: entry(({ threshold }: { threshold: number }) => fixed(threshold)),
});

describe('the options of a spec', () => {
  const strict = schema((value) => {
    const { decay = 0.5, ...rest } = value as Record<string, unknown>;
    const wrong = typeof decay !== 'number' ? [{ message: 'not a number', path: ['decay'] }] : [];
    const unknown = Object.keys(rest).map((key) => ({ message: 'not known', path: [{ key }] }));
    const issues = [...wrong, ...unknown];
    return issues.length ? { issues } : { value: { decay } };
  });
  const checked = createRegistry([
    plugin('a', {
      ema: entry(({ decay }: { decay: number }) => ({ ...named('ema', decay), options: { decay } }), strict),
    }),
  ]);

  test('go through the schema, which fills in what is missing', () => {
    expect(checked.policy({ name: 'ema' }).options).toEqual({ decay: 0.5 });
    expect(checked.policy({ name: 'ema', options: { decay: 0.25 } }).options).toEqual({ decay: 0.25 });
  });

  test('that it refuses are refused, with every issue and its place', () => {
    const error = errorOf(() => checked.policy({ name: 'ema', options: { decay: 'much', deday: 1 } }));
    expect(error).toMatchObject({ code: 'INVALID_SPEC', where: { name: 'ema' } });
    expect(error.message).toContain('decay: not a number; deday: not known');
  });

  test.each<[what: string, answer: () => unknown]>([
    ['a promise', () => Promise.resolve({ value: {} })],
    ['a promise that is rejected', () => Promise.reject(new Error('late'))],
    ['what can be awaited', () => ({ then: () => {} })],
  ])('are refused by a schema that answers %s, and no rejection is left alone', async (_what, answer) => {
    const registry = createRegistry([plugin('a', { slow: entry(() => always(1), schema(answer)) })]);
    const unhandled = await unhandledRejections(() => {
      const error = errorOf(() => registry.policy({ name: 'slow' }));
      expect(error.code).toBe('INVALID_SPEC');
      expect(error.message).toContain('promise');
    });
    expect(unhandled).toEqual([]);
  });

  test.each<[what: string, validate: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['answers nothing', () => undefined],
    ['answers null', () => null],
  ])('are refused by a schema that %s', (_what, validate) => {
    const registry = createRegistry([plugin('a', { odd: entry(() => always(1), schema(validate)) })]);
    expect(errorOf(() => registry.policy({ name: 'odd' }))).toMatchObject({
      code: 'INVALID_SPEC',
      where: { name: 'odd' },
    });
  });

  test('that the factory refuses keep its error', () => {
    const error = errorOf(() => createRegistry([other]).policy({ name: 'fixed', options: { threshold: -1 } }));
    expect(error).toMatchObject({ code: 'INVALID_OPTION', where: { factory: 'fixed', option: 'threshold' } });
  });

  test('on which the factory throws something else are refused, with the cause', () => {
    const cause = new TypeError('no such thing');
    const throwing = createRegistry([
      plugin('a', {
        odd: entry(() => {
          throw cause;
        }),
      }),
    ]);
    expect(errorOf(() => throwing.policy({ name: 'odd' }))).toMatchObject({ code: 'INVALID_SPEC', cause });
    expect(codeOf(() => createRegistry().policy({ name: 'smallest' }))).toBe('INVALID_SPEC');
    expect(codeOf(() => createRegistry().policy({ name: 'cap', options: null }))).toBe('INVALID_SPEC');
  });

  test.each([undefined, 1, {}, Promise.resolve(fixed(1))])('of which the factory makes %j are refused', (made) => {
    const registry = createRegistry([plugin('a', { odd: entry(() => made as never) })]);
    expect(codeOf(() => registry.policy({ name: 'odd' }))).toBe('INVALID_SPEC');
  });

  test('are given to the factory as they are where there is no schema', () => {
    const given: unknown[] = [];
    const registry = createRegistry([
      plugin('a', { script: entry((options: { bounds: never }) => (given.push(options), script(options.bounds))) }),
    ]);
    const options = { bounds: [1, Infinity] };
    registry.policy({ name: 'script', options });
    expect(given).toEqual([options]);
  });
});
