import type { ClipBound } from './bound.ts';
import { describe, GradclipError } from './errors.ts';
import type { GradientNormEvent, Need, Scope } from './event.ts';
import { fixed } from './fixed.ts';
import type { Json } from './json.ts';

/**
 * A rule that bounds the gradient: a value with a name and pure functions, run once per key, each key with its own state.
 * State is plain data, or comes with `save` and `load`.
 */
export interface ClipPolicy<State = unknown> {
  readonly name: string;
  /** With the name enough for a registry to make the policy again, defaults filled in; absent: not from JSON. */
  readonly options?: Json;
  /** Default 1; `load` is told the saved one. */
  readonly stateVersion?: number;
  /** If set, the policy runs at this scope; asking for another throws. */
  readonly scope?: Scope;
  readonly needs?: readonly Need[];
  init(key: string): State;
  /**
   * Synchronous and deterministic. May reuse and return the state it was given. After a fault the same object is used
   * again, so compute first, then mutate. The event is reused: copy what you keep.
   */
  decide(state: State, event: GradientNormEvent): readonly [ClipBound, State];
  /** The bound of a coming step, where it does not depend on that step's norm; undefined: not known this time. Never factor or skip. */
  forecast?(state: State, coming: ComingStep): ClipBound | undefined;
  /**
   * What the rule knows after the last answer, in words: why that was what it was, or what comes next; called only when
   * somebody reads it.
   */
  explain?(state: State): string;
  /** Only where the state is not plain data already. */
  save?(state: State): Json;
  load?(saved: Json, stateVersion: number): State;
}

/** The step a forecast is for. */
export interface ComingStep {
  readonly step: number;
  readonly key: string;
}

/** What every option that takes a policy takes. A number is `fixed(number)`, Infinity is off. */
// oxlint-disable-next-line typescript/no-explicit-any -- the state of a policy is its own affair
export type PolicyLike = ClipPolicy<any> | number;

/** Returns its argument, and infers the type of the state. */
export function definePolicy<State>(policy: ClipPolicy<State>): ClipPolicy<State> {
  return policy;
}

/**
 * @throws GradclipError INVALID_POLICY when the value is neither a policy nor a number; `where` names the argument.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export function toPolicy(policy: PolicyLike, where: string): ClipPolicy<any> {
  if (typeof policy === 'number') return fixed(policy);
  if (isPolicy(policy)) return policy;
  const advice =
    typeof policy === 'function'
      ? 'Call it: percentile({ p: 10 }) makes a policy, an object with name, init and decide.'
      : 'Give a number, or a policy: an object with name, init and decide, such as percentile({ p: 10 }) returns.';
  throw new GradclipError('INVALID_POLICY', `${where} must be a policy or a number, got ${describe(policy)}.`, {
    where: { argument: where },
    advice,
  });
}

/** Whether a value has the shape of a policy. */
export function isPolicy(value: unknown): value is ClipPolicy {
  if (typeof value !== 'object' || value === null) return false;
  const { name, init, decide } = value as Partial<ClipPolicy>;
  return typeof name === 'string' && name !== '' && typeof init === 'function' && typeof decide === 'function';
}
