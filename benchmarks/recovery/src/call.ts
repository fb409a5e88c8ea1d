import type { ClipPolicy, Json, PolicySpec } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policiesPlugin } from '@gradclip/policies';

export type Options = { readonly [option: string]: Json };

const registry = createRegistry([policiesPlugin]);

export function call(name: string, options: Options = {}): PolicySpec {
  return { name, options };
}

/** `rewarm(policy, { after })`. */
export function rewarm(policy: PolicySpec, after: number): PolicySpec {
  return call('rewarm', { policy: { ...policy }, after });
}

/** A new policy. */
export function policyOf(spec: PolicySpec): ClipPolicy {
  return registry.policy(spec);
}

/** The call that makes it, as it is written in a program. */
export function textOf({ name, options }: PolicySpec): string {
  const { policy, ...others } = (options ?? {}) as Options;
  const values = [
    ...(policy === undefined ? [] : [textOf(policy as unknown as PolicySpec)]),
    ...(Object.keys(others).length > 0 ? [literal(others)] : []),
  ];
  return `${name}(${values.join(', ')})`;
}

function literal(value: Json): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  const entries = Object.entries(value).map(([name, each]) => `${name}: ${literal(each)}`);
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}
