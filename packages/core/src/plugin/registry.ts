import { createClipper } from '../clipper.ts';
import { describe, GradclipError } from '../errors.ts';
import type { Json } from '../json.ts';
import { isPolicy, toPolicy } from '../policy.ts';
import type { ClipPolicy } from '../policy.ts';
import type { ClipGroupSpec, PolicySpec, StageSpec } from '../spec.ts';
import { named } from '../stage.ts';
import type { GradientStage } from '../stage.ts';
import { isStage } from '../stageStates.ts';
import { checkSpec, createFrom } from './create.ts';
import { find, fullName, POLICY, STAGE } from './find.ts';
import type { Known } from './find.ts';
import type { Plugin, PolicyEntry, Registry, StageEntry } from './plugin.ts';

/**
 * The registry over a list of plugins; the same plugin twice counts once.
 * @throws GradclipError INVALID_PLUGIN, PLUGIN_API_VERSION, DUPLICATE_PLUGIN
 */
export function buildRegistry(plugins: readonly Plugin[]): Registry {
  if (!Array.isArray(plugins))
    throw new GradclipError('INVALID_PLUGIN', `createRegistry(plugins) must be a list, got ${describe(plugins)}.`, {
      advice: 'Write createRegistry([policiesPlugin]).',
    });
  const all = [...new Set(plugins as readonly Plugin[])];
  all.forEach((plugin, i) => checkPlugin(plugin, all.slice(0, i)));
  const known = all.flatMap(({ meta, policies }) => listOf<PolicyEntry>(meta.name, policies));
  const knownStages = all.flatMap(({ meta, stages = {} }) => listOf<StageEntry>(meta.name, stages));

  const policy = (spec: PolicySpec | number): ClipPolicy => {
    if (typeof spec === 'number') return toPolicy(spec, 'a spec');
    checkSpec(spec, 'a number or { name, options }', 'Write { name: "percentile", options: { p: 10 } }.');
    const found = find(known, spec.name, POLICY);
    const made = createFrom(found.entry, spec, POLICY, (options) => found.entry.create(options, policy), isPolicy);
    const full = fullName(known, found);
    const { options = spec.options ?? {} } = made;
    if (made.name === full && made.options !== undefined) return made;
    return renamed(made, full, options);
  };

  const stage = (spec: StageSpec): GradientStage => {
    checkSpec(spec, '{ name, options }', 'Write { name: "spam", options: {} }.');
    const found = find(knownStages, spec.name, STAGE);
    const made = createFrom(found.entry, spec, STAGE, (options) => found.entry.create(options), isStage);
    return named(made, fullName(knownStages, found), made.options ?? spec.options ?? {});
  };

  return {
    policy,
    stage,
    clipper(spec) {
      if (typeof spec !== 'object' || spec === null)
        throw new GradclipError(
          'INVALID_SPEC',
          `A clipper's spec must be an object with a policy, got ${describe(spec)}.`,
          {
            advice: 'Write { policy: { name: "percentile", options: { p: 10 } } }.',
          },
        );
      const { policy: main, shadows = {}, ...options } = spec;
      const made = Object.entries(shadows).map(([name, shadow]) => [name, policy(shadow)] as const);
      const whole = { ...options, shadows: Object.fromEntries(made) };
      if (!Array.isArray(main)) return createClipper(policy(main as PolicySpec | number), whole);
      return createClipper(
        main.map((group) => ({ ...group, ...matchOf(group?.match), policy: policy(group?.policy) })),
        whole,
      );
    },
    list: () => known.map(({ name, plugin }) => ({ name, plugin })),
    listStages: () => knownStages.map(({ name, plugin }) => ({ name, plugin })),
  };
}

function listOf<Entry>(plugin: string, entries: Readonly<Record<string, Entry>>): readonly Known<Entry>[] {
  return Object.entries(entries).map(([name, entry]) => ({ name, plugin, entry }));
}

function matchOf(match: ClipGroupSpec['match']): { match?: string | RegExp } {
  if (match === undefined) return {};
  return { match: typeof match === 'object' ? new RegExp(match.source, match.flags) : match };
}

/** Not a spread: a policy may be an instance, whose methods are not its own and need it. */
function renamed(policy: ClipPolicy, name: string, options: Json): ClipPolicy {
  const { stateVersion, scope, needs } = policy;
  return {
    name,
    options,
    ...(stateVersion !== undefined && { stateVersion }),
    ...(scope !== undefined && { scope }),
    ...(needs !== undefined && { needs }),
    init: (key) => policy.init(key),
    decide: (state, event) => policy.decide(state, event),
    ...(policy.forecast && { forecast: (state, coming) => policy.forecast!(state, coming) }),
    ...(policy.explain && { explain: (state) => policy.explain!(state) }),
    ...(policy.save && { save: (state) => policy.save!(state) }),
    ...(policy.load && { load: (saved, version) => policy.load!(saved, version) }),
  };
}

function checkPlugin(plugin: Plugin, before: readonly Plugin[]): void {
  const { meta, policies, stages = {} } = plugin ?? {};
  const isPlugin = [policies, stages].every((entries) => typeof entries === 'object' && entries !== null);
  if (typeof meta?.name !== 'string' || !isPlugin)
    throw new GradclipError('INVALID_PLUGIN', `A plugin must be { meta, policies }, got ${describe(plugin)}.`, {
      advice: 'Make it with definePlugin.',
    });
  const { name, version, apiVersion } = meta;
  if (apiVersion !== 1)
    throw new GradclipError(
      'PLUGIN_API_VERSION',
      `Plugin ${name}@${version} is for API version ${describe(apiVersion)}, this is 1.`,
      {
        where: { plugin: name },
        advice: `Install a version of ${name} for API version 1.`,
      },
    );
  checkEntries(name, 'policies', policies);
  checkEntries(name, 'stages', stages);
  const twin = before.find((other) => other.meta.name === name);
  if (twin)
    throw new GradclipError(
      'DUPLICATE_PLUGIN',
      `Two plugins are named ${name}: versions ${twin.meta.version} and ${version}.`,
      {
        where: { plugin: name },
        advice: 'Often two copies are installed: keep one.',
      },
    );
}

function checkEntries(plugin: string, part: 'policies' | 'stages', entries: Readonly<Record<string, unknown>>): void {
  for (const [name, entry] of Object.entries(entries)) {
    if (typeof (entry as Partial<PolicyEntry> | null)?.create === 'function') continue;
    const what = `${part}.${name} of plugin ${plugin} must be { create }, got ${describe(entry)}.`;
    throw new GradclipError('INVALID_PLUGIN', what, {
      where: { plugin, [part === 'policies' ? 'policy' : 'stage']: name },
      advice: `Write ${name}: { create: … }.`,
    });
  }
}
