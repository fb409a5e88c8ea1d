import { policyFault, policyQuarantined } from './alerts.ts';
import { checkAnswer, checkBound, checkClamp, resolveBound } from './bound.ts';
import type { ClipBound, Resolution } from './bound.ts';
import type { ClipAction, ClipAlert } from './decision.ts';
import { GradclipError, messageOf } from './errors.ts';
import type { GradientNormEvent, Need, Scope } from './event.ts';
import type { GuardSettings } from './guard.ts';
import { createEvent } from './keyEvent.ts';
import type { WritableEvent } from './keyEvent.ts';
import type { ClipPolicy } from './policy.ts';
import { Tally } from './stats.ts';

/** One key: the state of its policy, and what replaces an answer that cannot be used. */
export class Host {
  readonly key: string;
  state: unknown;
  /** The state is made at the first event, where a throw is contained. */
  started: boolean = false;
  /** Last finite threshold the policy answered; NaN: none yet. */
  lastGood: number = NaN;
  /** Why the last bound is not the policy's own; undefined: it is. */
  fault: string | undefined;
  /** Steps it had seen when it was restored; NaN: it was not. */
  restoredAt: number = NaN;
  readonly tally: Tally = new Tally();

  constructor(key: string) {
    this.key = key;
  }
}

/** No envelope: a step that halts scales nothing. */
const UNLIMITED = { epsilon: 0, min: 0, max: Infinity } as const;

export type Announce = (alert: ClipAlert) => void;

/**
 * The decision for one key: asks the policy behind its guard and writes into `out` what its bound does to the norm.
 * The clipper and clipWith both decide here. `opened` is the bound a late step was given beforehand: then the policy's
 * answer only moves its state. `norm` and `maxAbs` are not read from the event, which the policy has had in its hands.
 */
export function decideKey(
  lane: Lane,
  host: Host,
  event: GradientNormEvent,
  at: { readonly step: number; readonly observe: boolean },
  norm: number,
  maxAbs: number | undefined,
  out: Resolution,
  opened?: ClipBound,
): ClipAction {
  const bound = lane.ask(host, event, at.step) ?? (at.observe ? Infinity : undefined);
  const used = opened ?? bound;
  resolveBound(used ?? Infinity, norm, maxAbs, used === undefined ? UNLIMITED : lane.guard.limits, out);
  if (opened !== undefined) return out.action;
  out.reason ??= host.fault;
  if (used !== undefined) return out.action;
  out.normAfter = 0;
  return 'halt'; // with the factor of Infinity, which is 1
}

/** A policy at a scope, with its keys, behind the guard. A group is a lane; so is a shadow. */
export class Lane {
  readonly name: string;
  readonly policy: ClipPolicy;
  readonly scope: Scope;
  readonly hosts: Map<string, Host> = new Map();
  /** Counts of a shadow as a whole. */
  readonly tally: Tally = new Tally();
  /** What the policy is shown, written anew for every key. */
  readonly event: WritableEvent = createEvent();
  /** An object, not a set: it is asked for every key. */
  readonly needs: { [need in Need]?: true } = {};
  /** A policy that only watches. */
  readonly isShadow: boolean;
  faults: number = 0;
  quarantined: boolean = false;
  /** Last step with a fault in its forecast, and in its decision: late steps are forecast before others are decided. */
  faultSteps: [number, number] = [-1, -1];
  readonly guard: GuardSettings;
  readonly #announce: Announce;

  constructor(
    name: string,
    policy: ClipPolicy,
    scope: Scope,
    guard: GuardSettings,
    announce: Announce,
    isShadow: boolean = false,
  ) {
    this.name = name;
    this.isShadow = isShadow;
    this.policy = policy;
    this.scope = scope;
    this.guard = guard;
    this.#announce = announce;
    for (const need of policy.needs ?? []) this.needs[need] = true;
  }

  /** The state of a key, made when first asked for. */
  host(key: string): Host {
    let host = this.hosts.get(key);
    if (!host) this.hosts.set(key, (host = new Host(key)));
    return host;
  }

  /**
   * The bound in force for one key: the policy's answer, or what replaces it.
   * undefined: nothing does, and the step must not go on.
   */
  ask(host: Host, event: GradientNormEvent, step: number): ClipBound | undefined {
    if (this.quarantined) return this.#fallback(host);
    try {
      this.#start(host);
      const [bound, state] = checkAnswer(this.policy.decide(host.state, event));
      checkClamp(bound, this.policy.needs);
      host.state = state;
      host.fault = undefined;
      const threshold = typeof bound === 'number' ? bound : 'threshold' in bound ? bound.threshold : Infinity;
      if (threshold < Infinity) host.lastGood = threshold;
      return bound;
    } catch (cause) {
      return this.#fault(host, step, cause, false);
    }
  }

  /** The bound of a coming step; undefined: the policy does not know it, or failed. Never changes a state. */
  forecast(host: Host, step: number): ClipBound | undefined {
    if (this.quarantined) return this.#fallback(host);
    try {
      this.#start(host);
      const bound = this.policy.forecast!(host.state, { step, key: host.key });
      if (bound === undefined) return undefined;
      checkClamp(checkBound(bound), this.policy.needs);
      if (typeof bound === 'object' && ('factor' in bound || 'skip' in bound)) throw notAForecast();
      return bound;
    } catch (cause) {
      this.#fault(host, step, cause, true);
      return undefined;
    }
  }

  /** What the policy says of the last norm of a key, or how it failed; undefined: it has seen none. Never throws. */
  explain(key: string): string | undefined {
    const host = this.hosts.get(key);
    if (!host?.tally.count) return undefined;
    const { policy } = this;
    if (host.fault || this.quarantined) return host.fault ?? `policy ${policy.name} is quarantined`;
    try {
      return (host.started && policy.explain?.(host.state)) || policy.name;
    } catch (cause) {
      return `policy ${policy.name} failed: ${messageOf(cause)}`;
    }
  }

  #start(host: Host): void {
    if (host.started) return;
    host.state = this.policy.init(host.key);
    host.started = true;
  }

  /** One faulty step is one fault, however many keys. */
  #fault(host: Host, step: number, cause: unknown, isForecast: boolean): number | undefined {
    const what = `policy ${this.policy.name} failed: ${messageOf(cause).replace(/\.$/, '')}`;
    const place = { step, key: host.key, policy: this.policy.name };
    const budget = this.guard.policyFaultBudget;
    const first = !this.faultSteps.includes(step);
    this.faultSteps[isForecast ? 0 : 1] = step;
    if (first) {
      this.faults++;
      this.quarantined = this.faults >= budget;
    }
    const bound = this.#fallback(host, what);
    const group = `${this.isShadow ? 'shadow' : 'group'} ${this.name}`;
    if (first) this.#announce(policyFault(place, group, `${this.faults} of ${budget}`, what, bound, cause));
    if (first && this.quarantined) this.#announce(policyQuarantined(place, group, cause));
    return bound;
  }

  #fallback(host: Host, why: string = `policy ${this.policy.name} is quarantined`): number | undefined {
    host.fault = why;
    if (this.guard.onPolicyFault === 'halt') return undefined;
    if (!Number.isNaN(host.lastGood)) return host.lastGood;
    return this.guard.limits.max < Infinity ? this.guard.limits.max : undefined;
  }
}

function notAForecast(): GradclipError {
  return new GradclipError('INVALID_BOUND', 'A forecast must not be a factor or a skip: both depend on the norm.', {
    advice: 'Return undefined from forecast where the bound is not known beforehand.',
  });
}
