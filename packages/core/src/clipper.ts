import type { Observable } from 'rxjs';
import type { ClipAlert, ClipForecast, StepDecision } from './decision.ts';
import type { ClipperOptions } from './clipperOptions.ts';
import type { GradientNormEvent, StepContext } from './event.ts';
import { GradientClipper } from './gradientClipper.ts';
import type { ClipGroup } from './groups.ts';
import type { Json } from './json.ts';
import type { MeasurePlan, Measurement } from './measurement.ts';
import type { PolicyLike } from './policy.ts';
import type { ClipperSpec } from './spec.ts';
import type { StageStore } from './stageStore.ts';
import type { RestoreOptions } from './state.ts';
import type { ClipStats } from './stats.ts';

/** What a training loop calls: one decision a step. */
export interface Clipper extends Disposable {
  /** What the adapter has to measure; the same object for the clipper's whole life. */
  readonly plan: MeasurePlan;
  /**
   * Exact: decides a step with its norms.
   * @throws GradclipError HALTED, STEP_OUT_OF_ORDER, STEPS_IN_FLIGHT, REENTRANT, NON_FINITE (onNonFinite: 'throw'),
   * INVALID_MEASUREMENT, INVALID_CONTEXT, NO_GROUP, DUPLICATE_KEY; whatever it throws, nothing has changed.
   */
  decide(measurement: Measurement, context?: StepContext): StepDecision;
  /**
   * Late: opens the next step and returns its bounds; undefined where a policy has no forecast or does not know its bound,
   * or units have not been counted: do this one exactly. With `bounded`, also where a key would have no finite bound.
   * @throws GradclipError HALTED, REENTRANT, NO_GROUP, DUPLICATE_KEY
   */
  forecast(names: readonly string[], options?: { readonly bounded?: boolean }): ClipForecast | undefined;
  /**
   * Late: closes the oldest open step with its norms.
   * @throws GradclipError NO_OPEN_STEP, STEP_OUT_OF_ORDER, INVALID_MEASUREMENT, INVALID_CONTEXT, REENTRANT
   */
  arrive(measurement: Measurement, context?: StepContext): StepDecision;
  /** Late: gives up an open step, whose apply threw or whose read failed. @throws GradclipError NO_OPEN_STEP */
  abandon(step: number, reason: string): void;
  /** Resolves when no step is open. */
  settled(): Promise<void>;
  /** One event a key and step, bad ones too. Hot; emits after the step is complete, before decisions$. */
  readonly norms$: Observable<GradientNormEvent>;
  /** One decision a step. Hot; frozen, because observers and the training loop share it. */
  readonly decisions$: Observable<StepDecision>;
  /** What went wrong and did not stop the loop. Without a subscriber each code is written to the console once. */
  readonly alerts$: Observable<ClipAlert>;
  /** The states of gradient stages, for adapters: a stage is run by its own `begin`, which is given this. */
  readonly stages: StageStore;
  /** Counts and clip rates so far. */
  stats(): ClipStats;
  /**
   * What the policy of a key says of its last answer, in words for people; its name, where it says nothing; the fault, where it
   * failed. It speaks of the policy alone: what became of the gradient is in the decision. Bad steps are not shown to policies.
   * Late: what it would have answered when the norm arrived; the bound in force was forecast before. Faults are not saved, a
   * quarantine is. Never throws, and may be called at any time.
   *
   * @param key As in the decisions: 'global', which is the default, or the name of a group, of a tensor, or of a unit, 'W#0'.
   * @returns undefined where no step of this key has been decided.
   * @example
   * clipper.explain(); // 'threshold 14.14; the norm was above it …'
   */
  explain(key?: string): string | undefined;
  /** A deep copy of everything that matters for the next decisions. @throws GradclipError STEPS_IN_FLIGHT, NOT_JSON */
  state(): Json;
  /** Replaces everything, or, when it throws, nothing. @throws GradclipError STATE_INVALID, STATE_MISMATCH, STEPS_IN_FLIGHT, REENTRANT */
  restore(saved: Json, options?: RestoreOptions): void;
  /** What a registry makes the same clipper from, without its state. @throws GradclipError NO_SPEC */
  spec(): ClipperSpec;
  /** Completes the three streams. */
  end(): void;
}

/**
 * Makes a clipper: once, outside the training loop.
 *
 * @param policy One policy (a number is a fixed threshold) or a list of groups, of which the first that matches a
 * tensor's name has it.
 * @throws GradclipError INVALID_OPTION, INVALID_POLICY, INVALID_GROUP, INVALID_SCOPE
 * @example
 * const clipper = createClipper(percentile({ p: 10 }));
 * const step = clipBuffers({ dW, db }, clipper); // in the loop; then: if (step.proceed) update the weights
 */
export function createClipper(policy: PolicyLike | readonly ClipGroup[], options: ClipperOptions = {}): Clipper {
  return new GradientClipper(policy, options);
}
