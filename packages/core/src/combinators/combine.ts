import { checkAnswer, checkClamp } from '../bound.ts';
import type { ClipBound } from '../bound.ts';
import { GradclipError } from '../errors.ts';
import type { GradientNormEvent, Need, Scope } from '../event.ts';
import { copyJson } from '../json.ts';
import type { Json } from '../json.ts';
import type { ClipPolicy, ComingStep } from '../policy.ts';
import { loadPolicyState, savePolicyState } from '../state.ts';

/** The states of the inner policies, and what the combinator itself remembers. */
export interface CombinedState<Own extends Json> {
  readonly inner: unknown[];
  own: Own;
}

/** What tells one combinator from another. */
export interface Combination<Own extends Json> {
  readonly name: string;
  readonly policies: readonly ClipPolicy[];
  /** The spec, given the specs of the inner policies; the whole has one when each of them has. */
  options(specs: readonly Json[]): Json;
  readonly needs?: readonly Need[];
  init(): Own;
  /**
   * From the bounds of the inner policies, each of which has seen the event, to one; with what to remember, and whether
   * the inner policies meet the next event afresh.
   */
  decide(bounds: readonly ClipBound[], event: GradientNormEvent, own: Own): readonly [ClipBound, Own, fresh?: boolean];
  /** The same for a coming step, from the forecasts of the inner policies; absent: no forecast. */
  forecast?(bounds: readonly (ClipBound | undefined)[], coming: ComingStep, own: Own): ClipBound | undefined;
}

/**
 * A policy made of policies: the union of their needs, their one scope, one state for all.
 * @throws GradclipError INVALID_SCOPE where the scopes of the inner policies differ.
 */
export function combine<Own extends Json>(combination: Combination<Own>): ClipPolicy<CombinedState<Own>> {
  const { name, policies } = combination;
  const scope = commonScope(name, policies);
  const needs = new Set([...policies.flatMap((policy) => policy.needs ?? []), ...(combination.needs ?? [])]);
  const specs = policies.flatMap((policy) => (policy.options === undefined ? [] : [specOf(policy)]));
  const forecast = policies.every((policy) => policy.forecast) ? combination.forecast : undefined;
  return {
    name,
    ...(specs.length === policies.length && { options: combination.options(specs) }),
    ...(scope !== undefined && { scope }),
    ...(needs.size > 0 && { needs: [...needs] }),
    init: (key) => ({ inner: policies.map((policy) => policy.init(key)), own: combination.init() }),
    decide(state, event) {
      // An event that cannot be read fails here, before any policy has seen it.
      const { key, norm: _readable } = event;
      const bounds = askAll(policies, state.inner, event);
      const [bound, own, fresh = false] = combination.decide(bounds, event, state.own);
      state.own = own;
      if (fresh) policies.forEach((policy, i) => (state.inner[i] = policy.init(key)));
      return [bound, state];
    },
    ...(forecast && {
      forecast: (state, coming) =>
        forecast(
          policies.map((policy, i) => policy.forecast!(state.inner[i], coming)),
          coming,
          state.own,
        ),
    }),
    explain({ inner }) {
      return `${name} of ${policies.map((policy, i) => policy.explain?.(inner[i]) ?? policy.name).join('; ')}`;
    },
    save: ({ inner, own }) => ({
      inner: policies.map((policy, i) => [savePolicyState(policy, inner[i]), policy.stateVersion ?? 1]),
      own: copyJson(own),
    }),
    load(saved) {
      const { inner, own } = saved as unknown as { inner: [Json, number][]; own: Own };
      return { inner: policies.map((policy, i) => loadPolicyState(policy, ...inner[i]!)), own: copyJson(own) as Own };
    },
  };
}

/** Every policy sees the event, also when one before it fails: then its own state is as it was, and the fault is told. */
function askAll(policies: readonly ClipPolicy[], states: unknown[], event: GradientNormEvent): readonly ClipBound[] {
  let fault: { readonly cause: unknown } | undefined;
  const bounds = policies.map((policy, i): ClipBound => {
    try {
      const [bound, state] = checkAnswer(policy.decide(states[i], event));
      checkClamp(bound, policy.needs);
      states[i] = state;
      return bound;
    } catch (cause) {
      fault ??= { cause };
      return Infinity;
    }
  });
  if (fault) throw fault.cause;
  return bounds;
}

function specOf({ name, options = {} }: ClipPolicy): Json {
  return { name, options };
}

function commonScope(name: string, policies: readonly ClipPolicy[]): Scope | undefined {
  const scopes = [...new Set(policies.flatMap((policy) => policy.scope ?? []))];
  if (scopes.length < 2) return scopes[0];
  throw new GradclipError('INVALID_SCOPE', `${name} cannot join policies of the scopes ${scopes.join(' and ')}.`, {
    where: { combinator: name, scopes },
    advice: 'Join policies that run at one scope.',
  });
}

/** A combinator that changes every bound of one policy, and remembers nothing. */
export function mapBounds(
  name: string,
  policy: ClipPolicy,
  options: (spec: Json) => Json,
  map: (bound: ClipBound, norm: number) => ClipBound,
): ClipPolicy {
  return combine<null>({
    name,
    policies: [policy],
    options: ([spec]) => options(spec!),
    init: () => null,
    decide: ([bound], { norm }) => [map(bound!, norm), null],
    // A forecast is never a factor, so the norm it has not got is not asked for.
    forecast: ([bound]) => (bound === undefined ? undefined : map(bound, NaN)),
  });
}
