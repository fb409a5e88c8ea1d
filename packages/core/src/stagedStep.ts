import type { StepDecision } from './decision.ts';
import { assertOption, GradclipError } from './errors.ts';
import type { GradientArray, GradientStage, GradientStages } from './stage.ts';
import { StageStates } from './stageStates.ts';
import type { StageEntry } from './stageStates.ts';
import type { StageStore } from './stageStore.ts';

/** A tensor as an adapter has it. */
export interface StageTensor {
  readonly name: string;
  /** Read; written to by {@link StagedGradients.write} alone. */
  readonly buffer: GradientArray;
}

/** What the stages of one step left of the gradients. */
export interface StagedGradients {
  /** By name: measure these, and apply the decision to them. They are reused while the same list of tensors comes again. */
  readonly buffers: Readonly<Record<string, GradientArray>>;
  /**
   * Brings the states forward where the step is taken. Nothing may fail between this and handing on the buffers.
   * @returns whether the optimizer gets `buffers`; false: the gradients stay as they came
   * @throws GradclipError STAGE_FAILED
   */
  commit(decision: StepDecision): boolean;
  /** Copies the buffers into those of the tensors. */
  write(): void;
}

/**
 * What an adapter does before it measures, called as `stages[0].begin(…)`: runs the stages, in order, over copies.
 *
 * A gradient with elements that are not finite goes past all stages, because what a stage makes of them could look
 * finite: undefined, and the adapter goes on with the gradient as it came.
 *
 * @param tensors one list while the same buffers come, so that nothing is allocated anew
 * @throws GradclipError INVALID_STAGE, INVALID_OPTION, STAGE_MISMATCH, STATE_MISMATCH, STAGE_FAILED; then nothing has changed
 */
export function beginStages(
  stages: GradientStages,
  store: StageStore,
  tensors: readonly StageTensor[],
  lossScale: number = 1,
): StagedGradients | undefined {
  const rule = '1 where there are stages: divide the gradients by it first';
  assertOption('stages', 'lossScale', lossScale, lossScale === 1, rule);
  const states = (store.states ??= new StageStates(store.saved, store.reset));
  store.saved = [];
  let staged = states.staged.get(tensors);
  if (!staged?.isOf(stages)) {
    states.use(stages);
    staged = new Staged(states, stages, tensors, staged);
    states.staged.set(tensors, staged);
  }
  if (!tensors.every(({ buffer }) => allFinite(buffer))) return undefined;
  staged.transform(store.step);
  return staged;
}

interface Cell {
  readonly stage: GradientStage;
  readonly entry: StageEntry;
  /** What the stage leaves. Each has its own, because commit is told what went in. */
  readonly copy: GradientArray;
}

/** Copies of a list of tensors, one a stage. */
export class Staged implements StagedGradients {
  readonly buffers: Readonly<Record<string, GradientArray>>;
  readonly #states: StageStates;
  readonly #stages: GradientStages;
  readonly #rows: readonly { readonly tensor: StageTensor; readonly cells: readonly Cell[] }[];

  /** @param before has copies that can be used again: who writes `stages: [spam()]` in the loop makes new stages at each step */
  constructor(states: StageStates, stages: GradientStages, tensors: readonly StageTensor[], before?: Staged) {
    this.#states = states;
    this.#stages = [...stages];
    this.#rows = tensors.map((tensor, t) => {
      const { name, buffer } = tensor;
      const cells = stages.map((stage, i): Cell => {
        const entry = states.entryOf(stage, name, buffer.length);
        return { stage, entry, copy: before?.copyOf(t, i) ?? buffer.slice() };
      });
      return { tensor, cells };
    });
    this.buffers = Object.fromEntries(this.#rows.map(({ tensor, cells }) => [tensor.name, cells.at(-1)!.copy]));
  }

  copyOf(t: number, i: number): GradientArray | undefined {
    return this.#rows[t]!.cells[i]?.copy;
  }

  isOf(stages: GradientStages): boolean {
    return stages.length === this.#stages.length && stages.every((stage, i) => stage === this.#stages[i]);
  }

  transform(step: number): void {
    for (const { tensor, cells } of this.#rows) {
      let before = tensor.buffer;
      for (const { stage, entry, copy } of cells) {
        copy.set(before);
        attempt('transform', stage, tensor.name, step, () => stage.transform(entry.state, copy, step));
        before = copy;
      }
    }
  }

  commit({ step, proceed, applied, action, norm }: StepDecision): boolean {
    // A bad step has no norm, or has had elements set to 0.
    if (!proceed || !applied || Number.isNaN(norm)) return false;
    if (action === 'zero') return true;
    for (const { tensor, cells } of this.#rows) {
      let before = tensor.buffer;
      const sent = this.buffers[tensor.name]!;
      for (const { stage, entry, copy } of cells) {
        attempt('commit', stage, tensor.name, step, () => stage.commit(entry.state, before, sent, step));
        if (!entry.kept) this.#states.keep(stage, tensor.name, entry);
        before = copy;
      }
    }
    return true;
  }

  write(): void {
    for (const { tensor } of this.#rows) tensor.buffer.set(this.buffers[tensor.name]!);
  }
}

function attempt(part: string, { name }: GradientStage, tensor: string, step: number, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const state =
      part === 'commit' ? 'Restore a saved state: the clipper has counted the step.' : 'Nothing has changed.';
    throw new GradclipError('STAGE_FAILED', `${part} of stage ${name} threw for tensor ${tensor} at step ${step}.`, {
      where: { stage: name, tensor, step },
      advice: `${state} Mend the stage; the cause is what it threw.`,
      cause,
    });
  }
}

/** Without a branch an element: what is not finite less itself is NaN. */
function allFinite(buffer: GradientArray): boolean {
  let zero = 0;
  for (let i = 0; i < buffer.length; i++) zero += buffer[i]! - buffer[i]!;
  return zero === 0;
}
