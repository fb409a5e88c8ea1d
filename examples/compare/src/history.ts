import type { StepDecision } from '@gradclip/core';

/** What happened at each step, a column a quantity. */
export interface History {
  /** See `Task.curve`. */
  readonly curve: Float32Array;
  /** NaN where the gradient was not finite. */
  readonly norm: Float64Array;
  /** Infinity where nothing would have been clipped, NaN where the clipper has several keys. */
  readonly threshold: Float64Array;
  /** See `did`. */
  readonly action: Uint8Array;
  /** How many things `Task.mark` names the step had, 0 to 255. */
  readonly marked: Uint8Array;
}

/** The values of `History.action`. */
export const did = { pass: 0, clip: 1, skip: 2 } as const;

export function createHistory(steps: number): History {
  return {
    curve: new Float32Array(steps).fill(NaN),
    norm: new Float64Array(steps).fill(NaN),
    threshold: new Float64Array(steps).fill(NaN),
    action: new Uint8Array(steps),
    marked: new Uint8Array(steps),
  };
}

/** Writes what the clipper decided at one step. */
export function recordDecision(
  history: History,
  step: number,
  { norm, threshold, action, proceed }: StepDecision,
): void {
  history.norm[step] = norm;
  history.threshold[step] = threshold ?? NaN;
  const isClipped = action === 'scale' || action === 'clamp';
  history.action[step] = isClipped ? did.clip : proceed && action !== 'drop' ? did.pass : did.skip;
}

/** A copy of the first `steps` steps. */
export function firstSteps({ curve, norm, threshold, action, marked }: History, steps: number): History {
  return {
    curve: curve.slice(0, steps),
    norm: norm.slice(0, steps),
    threshold: threshold.slice(0, steps),
    action: action.slice(0, steps),
    marked: marked.slice(0, steps),
  };
}
