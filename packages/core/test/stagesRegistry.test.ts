import { definePlugin } from '@gradclip/core';
import type { Plugin, StageEntry } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { expect, test } from 'vitest';
import { codeOf, errorOf } from './support/errors.ts';
import { counting } from './support/stages.ts';

const plugin = (name: string, stages: Record<string, StageEntry>): Plugin =>
  definePlugin({ meta: { name, version: '1.0.0', apiVersion: 1 }, policies: {}, stages });
const own = plugin('own', { counting: { create: (options: { by?: number }) => counting({ options }) } });

test('makes stages from plain data', () => {
  const registry = createRegistry([own]);
  expect(registry.stage({ name: 'counting', options: { by: 2 } })).toMatchObject({
    name: 'counting',
    options: { by: 2 },
  });
  expect(registry.stage({ name: 'own/counting' })).toMatchObject({ name: 'counting', options: {} });
  expect(registry.listStages()).toEqual([{ name: 'counting', plugin: 'own' }]);
  expect(createRegistry().listStages()).toEqual([]);
});

test('the qualified name, where two plugins have one, becomes its name', () => {
  const registry = createRegistry([own, plugin('other', { counting: { create: () => counting() } })]);
  expect(codeOf(() => registry.stage({ name: 'counting' }))).toBe('AMBIGUOUS_STAGE');
  expect(registry.stage({ name: 'other/counting' }).name).toBe('other/counting');
});

test('what is not a stage is refused, with the names that are known', () => {
  const registry = createRegistry([own]);
  const unknown = errorOf(() => registry.stage({ name: 'spam' }));
  expect(unknown).toMatchObject({ code: 'UNKNOWN_STAGE', where: { name: 'spam' } });
  expect(unknown.message).toContain('Known are counting.');
  // A policy is none.
  expect(codeOf(() => registry.stage({ name: 'cap' }))).toBe('UNKNOWN_STAGE');
  expect(codeOf(() => registry.stage(1 as never))).toBe('INVALID_SPEC');
  const rule = createRegistry([plugin('a', { bare: { create: () => ({ name: 'bare' }) as never } })]);
  expect(errorOf(() => rule.stage({ name: 'bare' })).message).toContain('not a stage. Return a stage from create.');
  const schema = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
  } as const;
  const strict = createRegistry([plugin('a', { counting: { options: schema, create: () => counting() } })]);
  expect(errorOf(() => strict.stage({ name: 'counting' })).message).toContain(
    'The stage "counting" cannot be made: no.',
  );
});

test('plugins without stages are as before, damaged ones are refused', () => {
  expect(codeOf(() => createRegistry([{ ...own, stages: null as never }]))).toBe('INVALID_PLUGIN');
  const entry = errorOf(() => createRegistry([plugin('own', { bad: {} as never })]));
  expect(entry).toMatchObject({ code: 'INVALID_PLUGIN', where: { plugin: 'own', stage: 'bad' } });
});
