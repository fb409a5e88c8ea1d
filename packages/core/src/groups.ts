import { assertOption, assertOptions, describe, GradclipError } from './errors.ts';
import { SCOPES } from './event.ts';
import type { Need, Scope } from './event.ts';
import type { GuardSettings } from './guard.ts';
import { Lane } from './host.ts';
import type { Announce } from './host.ts';
import type { MeasurePlan } from './measurement.ts';
import { isPolicy, toPolicy } from './policy.ts';
import type { ClipPolicy, PolicyLike } from './policy.ts';

/** Tensors that share a policy. The first group that matches a tensor's name has it. */
export interface ClipGroup {
  /** A string is a prefix of tensor names; absent: the rest. */
  readonly match?: string | RegExp | ((name: string) => boolean);
  readonly policy: PolicyLike;
  /** Default: the prefix, the expression's source, 'rest', or 'group' and its number. */
  readonly name?: string;
  /** Default: the policy's own, else the clipper's. */
  readonly scope?: Scope;
}

/** Which lane decides over a tensor, and what has to be measured for all lanes together. */
export interface Routing {
  readonly lanes: readonly Lane[];
  readonly shadows: readonly Lane[];
  readonly plan: MeasurePlan;
  /** @throws GradclipError NO_GROUP */
  laneOf(name: string): Lane;
}

/**
 * @throws GradclipError INVALID_POLICY, INVALID_GROUP, INVALID_SCOPE, INVALID_OPTION
 */
export function createRouting(
  policy: PolicyLike | readonly ClipGroup[],
  options: { order: number; scope?: Scope | undefined; shadows: Readonly<Record<string, PolicyLike>> },
  guard: GuardSettings,
  announce: Announce,
): Routing {
  const { order, scope } = options;
  if (scope !== undefined)
    assertOption('createClipper', 'scope', scope, SCOPES.includes(scope), `one of ${SCOPES.join(', ')}`);
  const grouped = Array.isArray(policy);
  const groups: readonly ClipGroup[] = grouped ? policy : [{ policy: policy as PolicyLike, name: 'global' }];
  const lanes = groups.map((group, i) => {
    const own = grouped ? groupPolicy(group, i) : toPolicy(group.policy, 'createClipper(policy)');
    const name = groupName(group, i);
    const wanted = ownScope(own, group.scope ?? scope, `group ${name}`) ?? (grouped ? 'group' : 'global');
    if (wanted === 'global' && groups.length > 1)
      throw invalidScope(`group ${name}`, "scope 'global' joins all tensors", "Use 'group', or one policy for all.");
    return new Lane(name, own, wanted, guard, announce);
  });
  const names = lanes.map((lane) => lane.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined || !lanes.length) {
    const what = lanes.length ? `Two groups are named ${describe(twice)}.` : 'The list of groups is empty.';
    throw new GradclipError('INVALID_GROUP', what, { advice: 'Give each group its own name, and at least one group.' });
  }
  const shadows = Object.entries(options.shadows).map(([name, shadow]) => {
    const own = toPolicy(shadow, `shadows.${name}`);
    const wanted = ownScope(own, own.scope ?? scope, `shadow ${name}`) ?? (grouped ? 'group' : 'global');
    return new Lane(name, own, wanted, guard, announce, true);
  });
  const matchers = groups.map(matcher);
  const laneOf = (name: string): Lane => {
    const index = matchers.findIndex((matches) => matches(name));
    if (index >= 0) return lanes[index]!;
    throw new GradclipError('NO_GROUP', `No group matches the tensor ${describe(name)}.`, {
      where: { tensor: name, groups: names },
      advice: 'Add a last group without match: it takes the rest.',
    });
  };
  const all = [...lanes, ...shadows];
  const needs = new Set<Need>(all.flatMap((lane) => lane.policy.needs ?? []));
  const scopeOf = (name: string): Scope => {
    const own = laneOf(name).scope;
    const finest = Math.max(...[own, ...shadows.map((shadow) => shadow.scope)].map((s) => SCOPES.indexOf(s)));
    return SCOPES[finest]!;
  };
  return { lanes, shadows, plan: { order, needs, scopeOf }, laneOf };
}

function groupPolicy(group: ClipGroup, i: number): ClipPolicy {
  if (typeof group === 'object' && group !== null && !isPolicy(group)) {
    assertOptions(`groups[${i}]`, group, ['match', 'policy', 'name', 'scope']);
    return toPolicy(group.policy, `groups[${i}].policy`);
  }
  throw new GradclipError('INVALID_GROUP', `groups[${i}] must be an object with a policy, got ${describe(group)}.`, {
    where: { group: i },
    advice: 'Write { match: "encoder/", policy: 1 }.',
  });
}

function groupName({ name, match }: ClipGroup, i: number): string {
  if (name !== undefined) {
    assertOption('createClipper', `groups[${i}].name`, name, typeof name === 'string' && name !== '', 'a text');
    return name;
  }
  if (match === undefined) return 'rest';
  if (typeof match === 'string') return match || 'rest';
  return match instanceof RegExp ? match.source : `group ${i}`;
}

function matcher({ match }: ClipGroup, i: number): (name: string) => boolean {
  if (match === undefined) return () => true;
  if (typeof match === 'string') return (name) => name.startsWith(match);
  if (typeof match === 'function') return match;
  assertOption(
    'createClipper',
    `groups[${i}].match`,
    match,
    match instanceof RegExp,
    'a prefix, a RegExp or a function',
  );
  const own = new RegExp(match);
  return (name) => {
    // The flags g and y make test() begin where the one before ended.
    own.lastIndex = 0;
    return own.test(name);
  };
}

/** The scope a policy runs at: its own, which must not be contradicted. */
function ownScope(policy: ClipPolicy, asked: Scope | undefined, where: string): Scope | undefined {
  for (const scope of [policy.scope, asked])
    if (scope !== undefined && !SCOPES.includes(scope))
      throw invalidScope(where, `${describe(scope)} is not a scope`, `Use one of ${SCOPES.join(', ')}.`);
  if (policy.scope !== undefined && asked !== undefined && policy.scope !== asked)
    throw invalidScope(
      where,
      `${policy.name} runs at scope '${policy.scope}' only, got '${asked}'`,
      'Leave the scope out.',
    );
  return policy.scope ?? asked;
}

function invalidScope(where: string, what: string, advice: string): GradclipError {
  return new GradclipError('INVALID_SCOPE', `The scope of ${where} cannot be used: ${what}.`, {
    where: { group: where },
    advice,
  });
}
