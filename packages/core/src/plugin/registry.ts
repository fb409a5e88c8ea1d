import { createClipper } from '../clipper.ts';
import { describe, GradclipError } from '../errors.ts';
import type { Json } from '../json.ts';
import { isPolicy, toPolicy } from '../policy.ts';
import type { ClipPolicy } from '../policy.ts';
import type { ClipGroupSpec, PolicySpec } from '../spec.ts';
import type { Plugin, PolicyEntry, Registry, StandardSchema } from './plugin.ts';

interface Known {
  readonly name: string;
  readonly plugin: string;
  readonly entry: PolicyEntry;
}

/**
 * The registry over a list of plugins; the same plugin twice counts once.
 * @throws GradclipError INVALID_PLUGIN, PLUGIN_API_VERSION, DUPLICATE_PLUGIN
 */
export function buildRegistry(plugins: readonly Plugin[]): Registry {
  if (!Array.isArray(plugins))
    throw new GradclipError('INVALID_PLUGIN', `createRegistry(plugins) must be a list, got ${describe(plugins)}.`, {
      advice: 'Write createRegistry([policiesPlugin]).',
    });
  const known = [...new Set(plugins as readonly Plugin[])].flatMap((plugin, i, all) => {
    checkPlugin(plugin, all.slice(0, i));
    return Object.entries(plugin.policies).map(([name, entry]): Known => ({ name, plugin: plugin.meta.name, entry }));
  });

  const find = (name: string): Known => {
    const matches = known.filter((one) => one.name === name || `${one.plugin}/${one.name}` === name);
    if (matches.length === 1) return matches[0]!;
    const qualified = (list: readonly Known[]): string => list.map((one) => `${one.plugin}/${one.name}`).join(', ');
    if (matches.length)
      throw new GradclipError('AMBIGUOUS_POLICY', `${describe(name)} is in several plugins.`, {
        where: { name },
        advice: `Use one of ${qualified(matches)}.`,
      });
    throw new GradclipError('UNKNOWN_POLICY', `No plugin has a policy ${describe(name)}.`, {
      where: { name },
      advice: `Known are ${known.map((one) => one.name).join(', ')}. Pass the plugin that has it to createRegistry.`,
    });
  };

  const policy = (spec: PolicySpec | number): ClipPolicy => {
    if (typeof spec === 'number') return toPolicy(spec, 'a spec');
    if (typeof spec !== 'object' || spec === null || typeof spec.name !== 'string')
      throw new GradclipError('INVALID_SPEC', `A spec must be a number or { name, options }, got ${describe(spec)}.`, {
        advice: 'Write { name: "percentile", options: { p: 10 } }.',
      });
    const { entry, name, plugin } = find(spec.name);
    const made = create(entry, spec, policy);
    // The name it is found by again: the short one while it is unique.
    const unique = known.filter((one) => one.name === name).length === 1;
    const full = unique ? name : `${plugin}/${name}`;
    const { options = spec.options ?? {} } = made;
    if (made.name === full && made.options !== undefined) return made;
    return renamed(made, full, options);
  };

  return {
    policy,
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
  };
}

function matchOf(match: ClipGroupSpec['match']): { match?: string | RegExp } {
  if (match === undefined) return {};
  return { match: typeof match === 'object' ? new RegExp(match.source, match.flags) : match };
}

function create(entry: PolicyEntry, spec: PolicySpec, make: Registry['policy']): ClipPolicy {
  const options = validated(entry, spec);
  try {
    const made: unknown = entry.create(options, make);
    if (isPolicy(made)) return made;
    throw invalid(spec, `its factory returned ${describe(made)}, not a policy`, 'Return a policy from create.');
  } catch (cause) {
    if (cause instanceof GradclipError) throw cause;
    throw invalid(spec, 'its factory threw', 'Compare the options with the documentation of the policy.', cause);
  }
}

function validated({ options: schema }: PolicyEntry, spec: PolicySpec): unknown {
  const given = spec.options ?? {};
  if (!schema) return given;
  const result = validate(schema, given, spec);
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => {
    const keys = path.map((key) => String(typeof key === 'object' && key !== null && 'key' in key ? key.key : key));
    return keys.length ? `${keys.join('.')}: ${message}` : message;
  });
  throw invalid(spec, issues.join('; '), 'Mend the options.');
}

interface Validated {
  readonly value?: unknown;
  readonly issues?: readonly { readonly message: string; readonly path?: readonly unknown[] }[];
}

function validate(schema: StandardSchema<unknown>, given: unknown, spec: PolicySpec): Validated {
  let result: unknown;
  try {
    result = schema['~standard'].validate(given);
  } catch (cause) {
    throw invalid(spec, 'its schema threw', 'A schema reports issues; mend it.', cause);
  }
  if (typeof result === 'object' && result !== null && !('then' in result)) return result;
  if (result instanceof Promise) result.catch(() => {});
  throw invalid(
    spec,
    `its schema answered with ${describe(result)}, perhaps a promise`,
    'Use a synchronous Standard Schema.',
  );
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

function invalid(spec: PolicySpec, what: string, advice: string, cause?: unknown): GradclipError {
  const text = `The policy ${describe(spec.name)} cannot be made: ${what}.`;
  return new GradclipError('INVALID_SPEC', text, {
    where: { name: spec.name },
    advice,
    ...(cause !== undefined && { cause }),
  });
}

function checkPlugin(plugin: Plugin, before: readonly Plugin[]): void {
  const { meta, policies } = plugin ?? {};
  if (typeof meta?.name !== 'string' || typeof policies !== 'object' || policies === null)
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
  for (const [policy, entry] of Object.entries(policies))
    if (typeof (entry as Partial<PolicyEntry> | null)?.create !== 'function')
      throw new GradclipError(
        'INVALID_PLUGIN',
        `policies.${policy} of plugin ${name} must be { create }, got ${describe(entry)}.`,
        {
          where: { plugin: name, policy },
          advice: `Write ${policy}: { create: … }.`,
        },
      );
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
