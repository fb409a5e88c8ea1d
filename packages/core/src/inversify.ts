export { PluginIdentifier, policyModule, RegistryIdentifier } from './plugin/module.ts';
export type { Plugin, PolicyEntry, Registry, StageEntry, StandardSchema } from './plugin/plugin.ts';
export type { ClipGroupSpec, ClipperSpec, PolicySpec, StageSpec } from './spec.ts';
