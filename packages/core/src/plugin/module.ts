import 'reflect-metadata';
import { ContainerModule } from 'inversify';
import type { ServiceIdentifier } from 'inversify';
import { combinatorsPlugin } from './combinators.ts';
import type { Plugin, Registry } from './plugin.ts';
import { buildRegistry } from './registry.ts';

/** Every plugin is bound under this identifier, as a constant value. */
export const PluginIdentifier: ServiceIdentifier<Plugin> = Symbol.for('@gradclip/core/Plugin');
/** The registry over all plugins of the container, a singleton. */
export const RegistryIdentifier: ServiceIdentifier<Registry> = Symbol.for('@gradclip/core/Registry');

/**
 * A module for a container of your own: binds the combinators and the given plugins, and the registry over every plugin
 * bound under {@link PluginIdentifier} when it is first asked for.
 * @example
 * const container = new Container();
 * container.load(policyModule(policiesPlugin));
 * container.get(RegistryIdentifier).policy({ name: 'percentile', options: { p: 10 } });
 */
export function policyModule(...plugins: readonly Plugin[]): ContainerModule {
  return new ContainerModule(({ bind, isBound }) => {
    for (const plugin of [combinatorsPlugin, ...plugins]) bind(PluginIdentifier).toConstantValue(plugin);
    if (isBound(RegistryIdentifier)) return;
    bind(RegistryIdentifier)
      .toDynamicValue((context) => buildRegistry(context.getAll(PluginIdentifier)))
      .inSingletonScope();
  });
}
