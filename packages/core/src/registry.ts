import { Container } from 'inversify';
import { policyModule, RegistryIdentifier } from './plugin/module.ts';
import type { Plugin, Registry } from './plugin/plugin.ts';

export type { Plugin, PolicyEntry, Registry, StageEntry, StandardSchema } from './plugin/plugin.ts';
export type { ClipGroupSpec, ClipperSpec, PolicySpec, StageSpec } from './spec.ts';

/**
 * Makes policies, clippers and gradient stages from plain data, out of the given plugins; the combinators are always in it.
 * Each registry is of its own; nothing is shared.
 * @throws GradclipError INVALID_PLUGIN, PLUGIN_API_VERSION, DUPLICATE_PLUGIN
 * @example
 * const registry = createRegistry([policiesPlugin]);
 * registry.policy({ name: 'cap', options: { policy: { name: 'percentile', options: { p: 10 } }, limit: 5 } });
 */
export function createRegistry(plugins: readonly Plugin[] = []): Registry {
  const container = new Container();
  container.load(policyModule(...plugins));
  return container.get(RegistryIdentifier);
}
