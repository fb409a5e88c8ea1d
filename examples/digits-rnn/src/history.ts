import type { StepDecision } from '@gradclip/core';

/** What happened at each step, a column a quantity. */
export interface History {
  readonly loss: Float32Array;
  /** NaN where the gradient was not finite. */
  readonly norm: Float64Array;
  /** Infinity where nothing would have been clipped. */
  readonly threshold: Float64Array;
  /** See `did`. */
  readonly action: Uint8Array;
  /** Damaged images in the batch. */
  readonly damaged: Uint8Array;
}

/** The values of `History.action`. */
export const did = { pass: 0, clip: 1, skip: 2 } as const;

export function createHistory(steps: number): History {
  return {
    loss: new Float32Array(steps),
    norm: new Float64Array(steps),
    threshold: new Float64Array(steps),
    action: new Uint8Array(steps),
    damaged: new Uint8Array(steps),
  };
}

/** Writes one step. */
export function record(history: History, step: number, loss: number, decision: StepDecision, damaged: number): void {
  history.loss[step] = loss;
  history.norm[step] = decision.norm;
  history.threshold[step] = decision.threshold ?? Infinity;
  history.action[step] = decision.action === 'scale' ? did.clip : decision.proceed ? did.pass : did.skip;
  history.damaged[step] = damaged;
}

/** A copy of the first `steps` steps. */
export function firstSteps({ loss, norm, threshold, action, damaged }: History, steps: number): History {
  return {
    loss: loss.slice(0, steps),
    norm: norm.slice(0, steps),
    threshold: threshold.slice(0, steps),
    action: action.slice(0, steps),
    damaged: damaged.slice(0, steps),
  };
}
