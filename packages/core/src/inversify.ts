export { PluginIdentifier, policyModule, RegistryIdentifier } from './plugin/module.ts';
export type { Plugin, PolicyEntry, Registry, StandardSchema } from './plugin/plugin.ts';
export type { ClipGroupSpec, ClipperSpec, PolicySpec } from './spec.ts';
