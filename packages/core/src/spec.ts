import type { ClipperOptions } from './clipperOptions.ts';
import { describe, GradclipError } from './errors.ts';
import type { Scope } from './event.ts';
import type { ClipGroup } from './groups.ts';
import { copyJson } from './json.ts';
import type { Json } from './json.ts';
import type { PolicyLike } from './policy.ts';

/** A policy as plain data: 'ema', or 'clip-policy-ema/ema' where two plugins have one. */
export interface PolicySpec {
  readonly name: string;
  readonly options?: Json;
}

/** A gradient stage as plain data, named as a policy is. */
export interface StageSpec {
  readonly name: string;
  readonly options?: Json;
}

/** A group as plain data; a regular expression is given in parts. */
export interface ClipGroupSpec {
  readonly match?: string | { readonly source: string; readonly flags: string };
  readonly policy: PolicySpec | number;
  readonly name?: string;
  readonly scope?: Scope;
}

/** A clipper as plain data. */
export interface ClipperSpec extends Omit<ClipperOptions, 'shadows'> {
  readonly policy: PolicySpec | number | readonly ClipGroupSpec[];
  readonly shadows?: Readonly<Record<string, PolicySpec | number>>;
}

/**
 * What tells the spec of what createClipper was given; of copies, because the caller may change what it passed.
 * It throws GradclipError NO_SPEC.
 */
export function specOf(given: PolicyLike | readonly ClipGroup[], options: ClipperOptions): () => ClipperSpec {
  const policy = Array.isArray(given) ? given.map((group: ClipGroup) => ({ ...group })) : (given as PolicyLike);
  const { shadows = {}, envelope, ...rest } = options;
  const watching = Object.entries(shadows);
  const own = known({ ...rest, ...(envelope && { envelope: known(envelope) }) });
  return () => {
    const specs = watching.map(([name, shadow]) => [name, policySpec(shadow)] as const);
    return {
      ...own,
      policy: Array.isArray(policy) ? policy.map(groupSpec) : policySpec(policy),
      ...(specs.length > 0 && { shadows: Object.fromEntries(specs) }),
    };
  };
}

/** Without what is undefined, which plain data cannot say. */
function known<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function policySpec(policy: PolicyLike): PolicySpec | number {
  if (typeof policy === 'number') return policy;
  const { name, options } = policy;
  if (options !== undefined) return { name, options: copyJson(options) };
  throw noSpec(`the policy ${describe(name)} has no options`, 'Give it options (perhaps {}), and list it in a plugin.');
}

function groupSpec({ match, policy, ...rest }: ClipGroup): ClipGroupSpec {
  const spec = { ...known(rest), policy: policySpec(policy) };
  if (typeof match === 'function') throw noSpec('a group is matched by a function', 'Use a prefix or a RegExp.');
  if (match === undefined) return spec;
  return { ...spec, match: typeof match === 'string' ? match : { source: match.source, flags: match.flags } };
}

function noSpec(why: string, advice: string): GradclipError {
  return new GradclipError('NO_SPEC', `This clipper cannot be made again from plain data: ${why}.`, { advice });
}
