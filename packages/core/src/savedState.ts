import { isRecord } from './errors.ts';
import type { Json } from './json.ts';
import { RECENT } from './stats.ts';
import type { SavedRecent } from './stats.ts';

/** Of the layout of the saved data; a reader refuses what it does not know. */
export const VERSION: number = 1;

/** Why and when a clipper stopped for good. */
export interface Halt {
  readonly step: number;
  readonly reason: string;
}

export interface SavedLane {
  readonly name: string;
  readonly scope: string;
  readonly policy: { readonly name: string; readonly options?: Json; readonly stateVersion: number };
  readonly faults: number;
  /** Last step with a fault in its forecast, and in its decision. */
  readonly faultSteps: readonly [number, number];
  readonly quarantined: boolean;
  readonly tally: readonly number[];
  /** By key: the state (absent before the first event), the last good threshold, the counts. */
  readonly keys: {
    readonly [key: string]: readonly [state: Json, started: boolean, lastGood: number, tally: readonly number[]];
  };
}

export interface SavedStage {
  readonly name: string;
  readonly options?: Json;
  readonly stateVersion: number;
  readonly tensors: { readonly [tensor: string]: readonly [length: number, state: Json] };
}

export interface SavedMemory {
  readonly version: number;
  readonly order: number;
  readonly step: number;
  readonly halted: Halt | null;
  readonly badInARow: number;
  readonly skippedInARow: number;
  readonly nonFinite: number;
  readonly total: readonly number[];
  readonly recent: SavedRecent;
  readonly groups: readonly SavedLane[];
  readonly shadows: readonly SavedLane[];
  /** Only where gradient stages have states. */
  readonly stages?: readonly SavedStage[];
}

/** Every part, because what is half a state must not be restored by half. */
export function isSavedMemory(saved: Json): boolean {
  const data = saved as Partial<SavedMemory> | null;
  if (typeof data !== 'object' || data === null || data.version !== VERSION) return false;
  const {
    order,
    step,
    halted,
    badInARow,
    skippedInARow,
    nonFinite,
    total,
    recent,
    groups,
    shadows,
    stages = [],
  } = data;
  return (
    typeof order === 'number' &&
    [step, badInARow, skippedInARow, nonFinite].every(isCount) &&
    (halted === null || (isCount(halted?.step) && typeof halted?.reason === 'string')) &&
    isTally(total) &&
    isRecent(recent) &&
    [groups, shadows].every((lanes) => Array.isArray(lanes) && lanes.every(isSavedLane)) &&
    Array.isArray(stages) &&
    stages.every(isSavedStage)
  );
}

function isRecent(recent: Partial<SavedRecent> | undefined): boolean {
  const { norms, clips } = recent ?? {};
  if (!isNumbers(norms) || typeof clips !== 'string') return false;
  const { length } = norms as readonly number[];
  return length <= RECENT && clips.length === length && /^[01]*$/.test(clips);
}

function isSavedLane(lane: Partial<SavedLane> | null): boolean {
  const { name, scope, policy, faults, faultSteps, quarantined, tally, keys } = lane ?? {};
  return (
    typeof name === 'string' &&
    typeof scope === 'string' &&
    typeof policy?.name === 'string' &&
    isCount(policy.stateVersion) &&
    isCount(faults) &&
    isNumbers(faultSteps) &&
    faultSteps!.length === 2 &&
    typeof quarantined === 'boolean' &&
    isTally(tally) &&
    isRecord(keys) &&
    Object.values(keys).every(
      (host) => Array.isArray(host) && typeof host[1] === 'boolean' && typeof host[2] === 'number' && isTally(host[3]),
    )
  );
}

function isSavedStage(stage: Partial<SavedStage> | null): boolean {
  const { name, stateVersion, tensors } = stage ?? {};
  const isKnown = typeof name === 'string' && isCount(stateVersion) && isRecord(tensors);
  return isKnown && Object.values(tensors).every((tensor) => Array.isArray(tensor) && isCount(tensor[0]));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

function isTally(value: unknown): boolean {
  return isNumbers(value) && (value as readonly number[]).length === 6;
}
