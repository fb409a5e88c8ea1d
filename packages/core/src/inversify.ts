export { PluginIdentifier, policyModule, RegistryIdentifier } from './plugin/module.ts';
export type { ClipperSpec, Plugin, PolicyEntry, PolicySpec, Registry, StandardSchema } from './plugin/plugin.ts';
