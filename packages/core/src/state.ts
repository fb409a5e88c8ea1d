import type { Decider } from './decide.ts';
import { describe, GradclipError } from './errors.ts';
import type { Routing } from './groups.ts';
import { Host } from './host.ts';
import type { Lane } from './host.ts';
import { copyJson, sameJson } from './json.ts';
import type { Json } from './json.ts';
import type { ClipPolicy } from './policy.ts';
import { isSavedMemory, VERSION } from './savedState.ts';
import type { Halt, SavedLane, SavedMemory, SavedStage } from './savedState.ts';
import type { StageStore } from './stageStore.ts';

/** Everything a clipper remembers. */
export interface Memory {
  readonly routing: Routing;
  readonly decider: Decider;
  readonly stages: StageStore;
  next: number;
  halted: Halt | null;
}

export interface RestoreOptions {
  /** Forget the halt, the faults, the quarantine and the bad steps in a row. Default false. */
  readonly clearFaults?: boolean;
  /** Where a saved policy or stage is another one: refuse, or start it fresh. Default 'refuse'. */
  readonly policy?: 'refuse' | 'reset';
}

/** What a policy and a stage say of their states. */
export type Stateful = Pick<ClipPolicy, 'name' | 'stateVersion' | 'save' | 'load'>;

/** The state of a policy, or of a stage, as plain data. @throws GradclipError NOT_JSON */
export function savePolicyState(policy: Stateful, state: unknown): Json {
  return copyJson(policy.save ? policy.save(state) : state, `the state of ${policy.name}`);
}

/** @throws what the policy's own load throws; GradclipError STATE_MISMATCH for a later version, and for another without a load. */
export function loadPolicyState(policy: Stateful, saved: Json, version: number): unknown {
  const copy = copyJson(saved, `the saved state of ${policy.name}`);
  const own = policy.stateVersion ?? 1;
  if (policy.load && version <= own) return policy.load(copy, version);
  if (version === own) return copy;
  throw mismatch(`the state version of ${policy.name}`, version, own);
}

/** A deep copy of everything, as plain data. */
export function saveMemory({ routing, decider, stages, next, halted }: Memory): Json {
  const staged = stages.states?.save() ?? stages.saved;
  return {
    version: VERSION,
    order: routing.plan.order,
    step: next,
    halted: halted && { ...halted },
    badInARow: decider.watch.streak,
    skippedInARow: decider.skips,
    nonFinite: decider.nonFinite,
    total: decider.total.save(),
    recent: decider.recent.save(),
    groups: routing.lanes.map(saveLane),
    shadows: routing.shadows.map(saveLane),
    ...(staged.length > 0 && { stages: copyJson(staged) }),
  };
}

function saveLane({ name, scope, policy, faults, faultSteps, quarantined, tally, hosts }: Lane): Json {
  const { options, stateVersion = 1 } = policy;
  // A key that was only named, by a call that was refused, has nothing to remember.
  const known = [...hosts.values()].filter((host) => host.started || host.tally.steps > 0);
  const entries = known.map((host): [string, Json] => [
    host.key,
    [host.started ? savePolicyState(policy, host.state) : null, host.started, host.lastGood, host.tally.save()],
  ]);
  const spec = { name: policy.name, ...(options !== undefined && { options: copyJson(options) }), stateVersion };
  return {
    name,
    scope,
    policy: spec,
    faults,
    faultSteps: [...faultSteps],
    quarantined,
    tally: tally.save(),
    keys: Object.fromEntries(entries),
  };
}

/**
 * Makes everything new first and returns what puts it in place, so that a refusal leaves the clipper as it was.
 * @throws GradclipError STATE_INVALID, STATE_MISMATCH
 */
export function loadMemory(memory: Memory, saved: Json, options: RestoreOptions): () => void {
  const { clearFaults = false, policy: onMismatch = 'refuse' } = options;
  if (!isSavedMemory(saved))
    throw new GradclipError(
      'STATE_INVALID',
      `This is not a saved state of version ${VERSION}, got ${describe(saved)}.`,
      {
        advice:
          'Pass what state() returned, or decode(text) of what encode(clipper.state()) wrote: JSON.stringify turns NaN and Infinity into null.',
      },
    );
  const data = saved as unknown as SavedMemory;
  const { routing, decider } = memory;
  const reset = onMismatch === 'reset';
  const otherOrder = data.order !== routing.plan.order;
  if (otherOrder && !reset) throw mismatch('the order of the norm', data.order, routing.plan.order);
  const swaps = (['groups', 'shadows'] as const).flatMap((kind) => {
    const lanes = kind === 'groups' ? routing.lanes : routing.shadows;
    // The order of groups decides which one has a tensor; that of shadows decides nothing.
    const names = (list: readonly { name: string }[]): string[] => {
      const own = list.map(({ name }) => name);
      return kind === 'groups' ? own : own.sort();
    };
    const [before, now] = [names(data[kind]), names(lanes)];
    if (!reset && !sameJson(before, now)) throw mismatch(`the names of ${kind}`, before, now);
    return lanes.map((lane) => {
      const own = otherOrder ? undefined : data[kind].find(({ name }) => name === lane.name);
      return loadLane(lane, own, reset, clearFaults);
    });
  });
  const stages = { saved: copyJson(data.stages ?? []) as unknown as readonly SavedStage[], reset, states: undefined };
  return () => {
    for (const swap of swaps) swap();
    Object.assign(memory.stages, stages);
    memory.next = data.step;
    memory.halted = clearFaults ? null : data.halted && { ...data.halted };
    decider.watch.restore(clearFaults ? 0 : data.badInARow);
    decider.skips = data.skippedInARow;
    decider.nonFinite = data.nonFinite;
    decider.total.load(data.total);
    decider.recent.load(data.recent);
  };
}

function loadLane(lane: Lane, saved: SavedLane | undefined, reset: boolean, clearFaults: boolean): () => void {
  const difference = saved && differenceOf(lane, saved);
  if (difference && !reset) throw difference;
  const fresh = { kept: undefined, hosts: [] };
  const { kept, hosts } = difference || !saved ? fresh : (loadHosts(lane, saved, reset) ?? fresh);
  return () => {
    lane.hosts.clear();
    for (const host of hosts) lane.hosts.set(host.key, host);
    lane.faultSteps = clearFaults || !kept ? [-1, -1] : [...kept.faultSteps];
    lane.faults = clearFaults ? 0 : (kept?.faults ?? 0);
    lane.quarantined = !clearFaults && (kept?.quarantined ?? false);
    lane.tally.load(kept?.tally ?? []);
  };
}

/** undefined: the policy, or one inside it, has another state version, and starts fresh. */
function loadHosts(lane: Lane, kept: SavedLane, reset: boolean): { kept: SavedLane; hosts: Host[] } | undefined {
  try {
    const hosts = Object.entries(kept.keys).map(([key, [state, started, lastGood, tally]]) => {
      const host = new Host(key);
      host.started = started;
      if (started) host.state = loadPolicyState(lane.policy, state, kept.policy.stateVersion);
      host.lastGood = lastGood;
      host.tally.load(tally);
      host.restoredAt = host.tally.steps;
      return host;
    });
    return { kept, hosts };
  } catch (cause) {
    if (reset && cause instanceof GradclipError && cause.code === 'STATE_MISMATCH') return undefined;
    throw cause;
  }
}

function differenceOf({ name, scope, policy }: Lane, saved: SavedLane): GradclipError | undefined {
  if (saved.scope !== scope) return mismatch(`the scope of ${name}`, saved.scope, scope);
  if (saved.policy.name !== policy.name) return mismatch(`the policy of ${name}`, saved.policy.name, policy.name);
  if (sameJson(saved.policy.options, policy.options)) return undefined;
  return mismatch(`the options of ${policy.name} in ${name}`, saved.policy.options, policy.options);
}

export function mismatch(what: string, saved: Json | undefined, own: Json | undefined): GradclipError {
  const [a, b] = [saved, own].map((value) => JSON.stringify(value) ?? 'nothing');
  return new GradclipError('STATE_MISMATCH', `The saved state does not fit: ${what} was ${a} and is ${b}.`, {
    where: { what, saved: saved ?? null, own: own ?? null },
    advice: "Make the clipper as it was, or restore with { policy: 'reset' } to start what differs fresh.",
  });
}
