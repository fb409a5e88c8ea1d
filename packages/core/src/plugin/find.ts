import { describe, GradclipError } from '../errors.ts';

/** An entry of a plugin under its name. */
export interface Known<Entry> {
  readonly name: string;
  readonly plugin: string;
  readonly entry: Entry;
}

/** What is looked for, and the codes of not finding it. */
export interface Kind {
  readonly what: string;
  readonly unknown: string;
  readonly ambiguous: string;
}

export const POLICY: Kind = { what: 'policy', unknown: 'UNKNOWN_POLICY', ambiguous: 'AMBIGUOUS_POLICY' };
export const STAGE: Kind = { what: 'stage', unknown: 'UNKNOWN_STAGE', ambiguous: 'AMBIGUOUS_STAGE' };

/** By the short name while it is unique, by `plugin/name` always. @throws GradclipError, of the codes of the kind */
export function find<Entry>(known: readonly Known<Entry>[], name: string, kind: Kind): Known<Entry> {
  const matches = known.filter((one) => one.name === name || qualified(one) === name);
  if (matches.length === 1) return matches[0]!;
  if (matches.length)
    throw new GradclipError(kind.ambiguous, `${describe(name)} is in several plugins.`, {
      where: { name },
      advice: `Use one of ${matches.map(qualified).join(', ')}.`,
    });
  throw new GradclipError(kind.unknown, `No plugin has a ${kind.what} ${describe(name)}.`, {
    where: { name },
    advice: `Known are ${known.map((one) => one.name).join(', ')}. Pass the plugin that has it to createRegistry.`,
  });
}

/** The name an entry is found by again. */
export function fullName(known: readonly Known<unknown>[], one: Known<unknown>): string {
  return known.filter(({ name }) => name === one.name).length === 1 ? one.name : qualified(one);
}

function qualified({ plugin, name }: Known<unknown>): string {
  return `${plugin}/${name}`;
}
