import type { ClipBound } from './bound.ts';

/** What happened to a gradient. */
export type ClipAction = 'pass' | 'scale' | 'clamp' | 'zero' | 'drop' | 'skip' | 'halt';

/** What was decided for one key at one step. */
export interface ClipDecision {
  readonly step: number;
  readonly key: string;
  /** Before clipping; NaN when the first bad element of a step is in the key. */
  readonly norm: number;
  /** Largest norm that would have passed unchanged; Infinity for factor, clamp and skip. */
  readonly threshold: number;
  readonly action: ClipAction;
  /** What the gradient is multiplied by; 1 when nothing is scaled. */
  readonly factor: number;
  /** NaN after a clamp. */
  readonly normAfter: number;
  /** Name of the policy. */
  readonly policy: string;
  /** Whether the bound was computed with the norms of this step, or only with those that had arrived. */
  readonly clock: 'exact' | 'late';
  /** Last step whose norms are in the bound: the step itself, or an earlier one. */
  readonly basedOn: number;
  readonly reason?: string;
}

/** What was decided for one step. Owns its numbers: valid after the next step. */
export interface StepDecision {
  readonly step: number;
  /** The first that applies of halt, skip, drop, zero, clamp, scale, pass. */
  readonly action: ClipAction;
  /** May the optimizer step? False for skip and halt, always true when observing. */
  readonly proceed: boolean;
  /** False when observing. */
  readonly applied: boolean;
  /** Joint over all tensors; NaN on a bad step. */
  readonly norm: number;
  readonly normAfter: number;
  /** This and `factor` when there is exactly one key. */
  readonly threshold?: number;
  readonly factor?: number;
  readonly reason?: string;
  /**
   * A copy of what apply uses for a tensor, where `proceed` and `applied`: one entry, or one per unit.
   * @throws GradclipError UNKNOWN_TENSOR
   */
  factors(name: string): Float64Array;
  /** A copy of the element limits in the units of the gradients as they are in memory; Infinity for none. */
  clamps(name: string): Float64Array;
  /** One a key, built when first read. */
  readonly decisions: readonly ClipDecision[];
}

/** Stable codes of what is announced and does not stop the training loop. */
export type AlertCode =
  | 'POLICY_FAULT'
  | 'POLICY_QUARANTINED'
  | 'NON_FINITE'
  | 'HALTED'
  | 'SUBSCRIBER_FAILED'
  | 'GROUP_EMPTY'
  | 'STATE_LEFT_OVER'
  | 'NO_FORECAST'
  | 'SKIPPING'
  | (string & {});

export interface ClipAlert {
  readonly code: AlertCode;
  readonly step: number;
  readonly key?: string;
  readonly policy?: string;
  readonly message: string;
  /** What to do next. */
  readonly advice: string;
  readonly cause?: unknown;
}

/** Late: the bounds of a step that has been opened. */
export interface ClipForecast {
  readonly step: number;
  readonly basedOn: number;
  /** False when observing: the gradient is left alone. */
  readonly applied: boolean;
  /** Added to the norm in the factor of a hit. */
  readonly epsilon: number;
  /** Whether a gradient with a bad element becomes zeros; false for onNonFinite 'pass'. */
  readonly dropsNonFinite: boolean;
  /** What the bound is of: tensors and units with one key share a norm. @throws GradclipError UNKNOWN_TENSOR, UNKNOWN_UNIT */
  key(name: string, unit?: number): string;
  /** Inside the envelope. `unit` 0 where the tensor has one key. @throws GradclipError UNKNOWN_TENSOR, UNKNOWN_UNIT */
  bound(name: string, unit?: number): ClipBound;
}
