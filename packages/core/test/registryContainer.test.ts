import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as core from '@gradclip/core';
import { definePlugin } from '@gradclip/core';
import type { Plugin } from '@gradclip/core';
import { PluginIdentifier, policyModule, RegistryIdentifier } from '@gradclip/core/inversify';
import { createRegistry } from '@gradclip/core/registry';
import { Container, ContainerModule } from 'inversify';
import { describe, expect, test } from 'vitest';
import { codeOf } from './support/errors.ts';
import { always } from './support/policies.ts';

const plugin = (name: string, policy: string): Plugin =>
  definePlugin({
    meta: { name, version: '1.0.0', apiVersion: 1 },
    policies: { [policy]: { create: () => ({ ...always(2), name: policy }) } },
  });
const names = (container: Container): string[] =>
  container
    .get(RegistryIdentifier)
    .list()
    .map(({ name }) => name);

describe("a container of one's own", () => {
  test('has the combinators and the given plugins through the module', () => {
    const container = new Container();
    container.load(policyModule(plugin('a', 'ema')));
    const policy = container
      .get(RegistryIdentifier)
      .policy({ name: 'cap', options: { policy: { name: 'ema' }, limit: 1 } });
    expect(policy.options).toEqual({ policy: { name: 'ema', options: { bound: 2 } }, limit: 1 });
    expect(container.get(RegistryIdentifier)).toBe(container.get(RegistryIdentifier));
  });

  test('adds plugins bound under the identifier, before or after the module', () => {
    const container = new Container();
    container.bind(PluginIdentifier).toConstantValue(plugin('before', 'one'));
    container.load(policyModule(plugin('a', 'two')));
    container.load(
      new ContainerModule(({ bind }) => void bind(PluginIdentifier).toConstantValue(plugin('after', 'three'))),
    );
    expect(names(container)).toEqual(expect.arrayContaining(['one', 'two', 'three', 'cap']));
  });

  test('builds plugins that depend on other services', () => {
    const LimitIdentifier = Symbol('limit');
    const container = new Container();
    container.bind(LimitIdentifier).toConstantValue(7);
    container.bind(PluginIdentifier).toDynamicValue((context) => {
      const limit = context.get<number>(LimitIdentifier);
      const create = () => ({ ...always(limit), name: 'limited' });
      return { ...plugin('mine', 'limited'), policies: { limited: { create } } };
    });
    container.load(policyModule());
    expect(container.get(RegistryIdentifier).policy({ name: 'limited' }).options).toEqual({ bound: 7 });
  });

  test('may load two modules', () => {
    const container = new Container();
    container.load(policyModule(plugin('a', 'one')), policyModule(plugin('b', 'two')));
    expect(names(container).toSorted()).toEqual(
      [
        ...createRegistry()
          .list()
          .map(({ name }) => name),
        'one',
        'two',
      ].toSorted(),
    );
  });

  test('shares nothing with another one, nor with a registry', () => {
    const [a, b] = [new Container(), new Container()];
    a.load(policyModule(plugin('a', 'ema')));
    b.load(policyModule());
    expect(names(a)).toContain('ema');
    expect(names(b)).not.toContain('ema');
    expect(
      createRegistry()
        .list()
        .map(({ name }) => name),
    ).not.toContain('ema');
  });

  test('meets the errors of the registry', () => {
    const container = new Container();
    container.load(policyModule(plugin('a', 'ema'), plugin('a', 'other')));
    expect(codeOf(() => container.get(RegistryIdentifier))).toBe('DUPLICATE_PLUGIN');
  });
});

describe('the container inside', () => {
  const source = fileURLToPath(new URL('../src/', import.meta.url));

  /** Every file an entry imports, types included, and the packages it names. */
  function reached(
    entry: string,
    files = new Set<string>(),
    packages = new Set<string>(),
  ): { files: Set<string>; packages: Set<string> } {
    if (files.has(entry)) return { files, packages };
    files.add(entry);
    const text = readFileSync(join(source, entry), 'utf8');
    for (const [, from] of text.matchAll(/(?:from|import) '([^']+)'/g)) {
      if (from!.startsWith('.')) reached(join(dirname(entry), from!), files, packages);
      else packages.add(from!);
    }
    return { files, packages };
  }

  test('and its types are not reached from @gradclip/core', () => {
    const { files, packages } = reached('index.ts');
    expect(files.size).toBeGreaterThan(30);
    expect([...packages]).toEqual(['rxjs']);
    expect(reached('registry.ts').packages).toContain('inversify');
  });

  test('does not show in a registry', () => {
    const registry = createRegistry();
    expect(Object.keys(registry).toSorted()).toEqual(['clipper', 'list', 'listStages', 'policy', 'stage']);
    expect(core).not.toHaveProperty('createRegistry');
  });
});
