import { describe, GradclipError } from './errors.ts';
import { sameJson } from './json.ts';
import type { Json } from './json.ts';
import type { SavedStage } from './savedState.ts';
import type { GradientStage, GradientStages } from './stage.ts';
import type { Staged, StageTensor } from './stagedStep.ts';
import { loadPolicyState, mismatch } from './state.ts';

/** The state of a stage for one tensor. */
export interface StageEntry {
  readonly length: number;
  readonly state: unknown;
  /** Whether a step with it has been taken; until then there is nothing to save. */
  kept: boolean;
}

/** A stage by its name: one that runs, or what was saved of one that has not come back yet. */
interface Known {
  readonly stage: GradientStage;
  readonly entries: Map<string, StageEntry>;
}

/** The states of all stages of a clipper, by stage and tensor. */
export class StageStates {
  /** What was made for a list of tensors, kept as long as the list is. */
  readonly staged: WeakMap<readonly StageTensor[], Staged> = new WeakMap();
  readonly #stages: Map<string, Known | SavedStage>;
  readonly #reset: boolean;
  #restored = true;

  constructor(saved: readonly SavedStage[], reset: boolean) {
    this.#stages = new Map(saved.map((stage) => [stage.name, stage]));
    this.#reset = reset;
  }

  /**
   * Makes the stages of a step known. A name stands for one stage with one set of options.
   * @throws GradclipError INVALID_STAGE, STAGE_MISMATCH; STATE_MISMATCH where other stages were saved
   */
  use(stages: GradientStages): void {
    checkStages(stages);
    if (this.#restored) this.#leaveOut(stages.map(({ name }) => name));
    for (const stage of stages) {
      const known = this.#stages.get(stage.name);
      if (!known || isSaved(known)) this.#stages.set(stage.name, this.#take(stage, known));
      else if (known.stage !== stage) this.#replace(known, stage);
    }
    this.#restored = false;
  }

  /** The state of a stage for a tensor, made when it is first asked for. @throws GradclipError STAGE_MISMATCH */
  entryOf(stage: GradientStage, tensor: string, length: number): StageEntry {
    const { name } = stage;
    const { entries } = this.#stages.get(name) as Known;
    const known = entries.get(tensor);
    if (known?.length === length) return known;
    if (known?.kept && !this.#reset)
      throw stageMismatch(
        `Stage ${name} has a state for ${known.length} elements of tensor ${tensor}, which has ${length} now.`,
        { stage: name, tensor, saved: known.length, own: length },
      );
    const entry = { length, state: stage.init(tensor, length), kept: false };
    entries.set(tensor, entry);
    return entry;
  }

  /** From now on the state is saved, in the order in which tensors were first sent. */
  keep({ name }: GradientStage, tensor: string, entry: StageEntry): void {
    const { entries } = this.#stages.get(name) as Known;
    entry.kept = true;
    entries.delete(tensor);
    entries.set(tensor, entry);
  }

  /** What the clipper copies into its own state. */
  save(): readonly SavedStage[] {
    return [...this.#stages.values()].flatMap((known) => (isSaved(known) ? [known] : saveStage(known)));
  }

  /** Saved stages that the first step after a restore does not have. */
  #leaveOut(names: readonly string[]): void {
    const saved = [...this.#stages.keys()];
    const missing = saved.filter((name) => !names.includes(name));
    if (missing.length && !this.#reset) throw mismatch('the list of stages', saved, names);
    for (const name of missing) this.#stages.delete(name);
  }

  #take(stage: GradientStage, saved: SavedStage | undefined): Known {
    const fresh = { stage, entries: new Map<string, StageEntry>() };
    if (!saved) return fresh;
    try {
      if (!sameJson(saved.options, stage.options))
        throw mismatch(`the options of stage ${stage.name}`, saved.options, stage.options);
      const entries = Object.entries(saved.tensors).map(([tensor, [length, state]]): [string, StageEntry] => [
        tensor,
        { length, state: loadPolicyState(stage, state, saved.stateVersion), kept: true },
      ]);
      return { stage, entries: new Map(entries) };
    } catch (cause) {
      if (this.#reset && cause instanceof GradclipError && cause.code === 'STATE_MISMATCH') return fresh;
      throw cause;
    }
  }

  /** The same stage made anew takes over the states. */
  #replace({ stage: { options, stateVersion = 1 }, entries }: Known, stage: GradientStage): void {
    const { name } = stage;
    if (!sameJson(options, stage.options) || stateVersion !== (stage.stateVersion ?? 1))
      throw stageMismatch(`Stage ${name} had other options before.`, { stage: name });
    this.#stages.set(name, { stage, entries });
  }
}

function isSaved(known: Known | SavedStage): known is SavedStage {
  return 'tensors' in known;
}

function saveStage({ stage, entries }: Known): readonly SavedStage[] {
  const { name, options, stateVersion = 1 } = stage;
  const kept = [...entries].filter(([, entry]) => entry.kept);
  if (!kept.length) return [];
  const tensors = kept.map(
    ([tensor, { length, state }]) => [tensor, [length, (stage.save?.(state) ?? state) as Json]] as const,
  );
  return [{ name, ...(options !== undefined && { options }), stateVersion, tensors: Object.fromEntries(tensors) }];
}

/** @throws GradclipError INVALID_STAGE */
function checkStages(stages: GradientStages): void {
  const list: readonly unknown[] = Array.isArray(stages) ? stages : [stages];
  const names = list.map((stage) => (isStage(stage) ? stage.name : undefined));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (Array.isArray(stages) && !names.includes(undefined) && twice === undefined) return;
  const rule = twice === undefined ? 'must be a list of stages' : 'must have names of their own';
  throw new GradclipError('INVALID_STAGE', `{ stages } ${rule}, got ${twice ?? list.map(describe).join(', ')}.`, {
    advice: 'Write stages: [spam()]; a stage of your own is made by defineStage.',
  });
}

/** Whether a value is what defineStage makes. */
export function isStage(value: unknown): value is GradientStage {
  return typeof (value as Partial<GradientStage> | null | undefined)?.begin === 'function';
}

function stageMismatch(what: string, where: Readonly<Record<string, Json>>): GradclipError {
  return new GradclipError('STAGE_MISMATCH', what, {
    where,
    advice: 'Give it the tensors and the options it had, or make a clipper anew.',
  });
}
