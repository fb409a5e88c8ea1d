import { describe, GradclipError } from './errors.ts';
import type { Json } from './json.ts';
import { beginStages } from './stagedStep.ts';

/** The elements of a gradient, row-major. */
export type GradientArray = Float32Array | Float64Array;

/**
 * A rule that changes the elements of a gradient before it is measured, with a state for each tensor: what an author
 * writes, and {@link defineStage} takes. Pure but for what it is told to change.
 */
export interface StageRule<State = unknown> {
  readonly name: string;
  /** With the name enough for a registry to make the stage again, defaults filled in; absent: not from JSON. */
  readonly options?: Json;
  /** Default 1; `load` is told the saved one, which is never a later one. */
  readonly stateVersion?: number;
  /** The state of a tensor of `length` elements before its first step. */
  init(tensor: string, length: number): State;
  /**
   * Changes `gradient`, a copy, in place; every element is finite. The state stays as it is, because the step may not be
   * taken: a bad norm, a skip, a clipper that only observes.
   * @param step of the clipper, skipped ones included
   */
  transform(state: State, gradient: GradientArray, step: number): void;
  /**
   * Brings the state forward; called only when the step is taken, once, and may not throw.
   * @param raw what `transform` was given: the gradient as it came, or what the stage before has left of it
   * @param sent what the optimizer gets, after every stage and after the clipper
   */
  commit(state: State, raw: GradientArray, sent: GradientArray, step: number): void;
  /** Only where the state is not plain data already. */
  save?(state: State): Json;
  load?(saved: Json, stateVersion: number): State;
}

/** A stage as adapters take it. The code that runs stages comes with it, so that who uses none bundles none. */
export interface GradientStage<State = unknown> extends StageRule<State> {
  readonly begin: typeof beginStages;
}

/** A list of stages of any states. */
// oxlint-disable-next-line typescript/no-explicit-any -- the state of a stage is its own affair
export type GradientStages = readonly GradientStage<any>[];

/**
 * Makes a gradient stage of its rule, and infers the type of the state.
 * @throws GradclipError INVALID_STAGE
 * @example
 * const sign = defineStage({
 *   name: 'sign',
 *   options: {},
 *   init: () => null,
 *   transform: (_, gradient) => void gradient.forEach((x, i) => (gradient[i] = Math.sign(x))),
 *   commit() {},
 * });
 * clipBuffers(gradients, clipper, { stages: [sign] });
 */
export function defineStage<State>(rule: StageRule<State>): GradientStage<State> {
  const { name, init, transform, commit } = rule ?? {};
  const isRule = [init, transform, commit].every((part) => typeof part === 'function');
  if (isRule && typeof name === 'string' && name !== '') return named(rule, name, rule.options);
  throw new GradclipError(
    'INVALID_STAGE',
    `defineStage(rule) needs a name, init, transform and commit, got ${describe(rule)}.`,
    { advice: 'Give all four; a stage without a state has init: () => null and commit() {}.' },
  );
}

/** The stage of a rule under some name. Not a spread: a rule may be an instance, whose methods are not its own and need it. */
export function named<State>(rule: StageRule<State>, name: string, options: Json | undefined): GradientStage<State> {
  const { stateVersion } = rule;
  return {
    name,
    ...(options !== undefined && { options }),
    ...(stateVersion !== undefined && { stateVersion }),
    init: (tensor, length) => rule.init(tensor, length),
    transform: (state, gradient, step) => rule.transform(state, gradient, step),
    commit: (state, raw, sent, step) => rule.commit(state, raw, sent, step),
    ...(rule.save && { save: (state) => rule.save!(state) }),
    ...(rule.load && { load: (saved, version) => rule.load!(saved, version) }),
    begin: beginStages,
  };
}
