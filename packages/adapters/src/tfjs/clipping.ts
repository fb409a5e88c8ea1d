import { GradclipError } from '@gradclip/core';
import type { Clipper, Measurement, StepContext, StepDecision } from '@gradclip/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { applied, disposeNew } from './apply.ts';
import { isFloat32, isOnDevice, valuesOf } from './backend.ts';
import { assertLearningRate } from './check.ts';
import { isReducible } from './device.ts';
import { gradientsIn, withTensors } from './gradients.ts';
import type { Gradient, Gradients } from './gradients.ts';
import { LateClock } from './late.ts';
import { isShape, Layouts } from './layout.ts';
import type { Layout } from './layout.ts';
import { measureNow } from './measure.ts';
import { releaseClipper } from './options.ts';
import type { ClockOptions } from './options.ts';

/** Names and shapes of the tensors a clipper has seen. */
export interface SavedTensors {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
}

/** What a step needs beside its gradients. */
export interface StepSource {
  /** Who has the learning rate. */
  readonly optimizer: object;
  /** The loss of the batch, where the caller has it. */
  readonly loss?: Tensor | undefined;
}

/** A clipper in front of one optimizer: measures, decides, applies, and hands the gradients on. */
export class Clipping {
  readonly clipper: Clipper;
  readonly options: ClockOptions;
  readonly #late: LateClock;
  readonly #layouts: Layouts;
  readonly #saved: SavedTensors | undefined;
  /** The names that variables were saved under, by the names they have now. */
  readonly #savedNames: Map<string, string> = new Map();
  /** Of the step with the most tensors: a loss does not reach every variable at every step. */
  #widest: SavedTensors | undefined;
  #released = false;
  /** Steps it has been handed. */
  steps: number = 0;

  constructor(clipper: Clipper, options: ClockOptions, saved?: SavedTensors) {
    this.clipper = clipper;
    this.options = options;
    this.#saved = saved;
    this.#late = new LateClock(clipper);
    this.#layouts = new Layouts(clipper.plan, (gradients) => this.#namesOf(gradients));
  }

  /**
   * @param optimize gets the gradients in the form they came in; it is not called for a step that is left out
   * @throws GradclipError INVALID_LEARNING_RATE, INVALID_GRADIENT, HALTED, and what the clipper and `optimize` throw
   */
  step<G extends Gradients>(gradients: G, source: StepSource, optimize: (gradients: G) => void): void {
    assertLearningRate(source.optimizer);
    const list = gradientsIn(gradients);
    const layout = this.#layouts.of(list);
    const apply = (tensors: readonly Tensor[]): void => optimize(withTensors(gradients, tensors));
    if (!this.#stepLate(list, layout, source, apply)) this.#stepExactly(list, layout, source, apply);
    this.steps++;
  }

  /** Closes all late steps by reading what has not arrived. */
  settle(): void {
    this.#late.settle();
  }

  /** Closes all late steps and lets another optimizer have the clipper. A second call does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    releaseClipper(this.clipper);
    this.settle();
  }

  /** What has to be saved so that a renamed model finds the state of its tensors again. */
  get tensors(): SavedTensors | undefined {
    const [before, now] = [this.#saved, this.#widest];
    return now && now.names.length >= (before?.names.length ?? 0) ? now : before;
  }

  #namesOf(gradients: readonly Gradient[]): readonly string[] {
    const found = namesAsSaved(gradients, this.#saved);
    const names = gradients.map(({ name }, i) => {
      if (found[i] !== name) this.#savedNames.set(name, found[i]!);
      return this.#savedNames.get(name) ?? name;
    });
    if (names.length >= (this.#widest?.names.length ?? 0))
      this.#widest = { names, shapes: gradients.map(({ tensor }) => [...tensor.shape]) };
    return names;
  }

  #stepLate(
    gradients: readonly Gradient[],
    layout: Layout,
    source: StepSource,
    apply: (tensors: readonly Tensor[]) => void,
  ): boolean {
    const { clock, lateAfter, maxLag } = this.options;
    const wanted = clock === 'late' || (clock === 'auto' && isOnDevice());
    const able = isFloat32() && isReducible(layout.gradients.order) && layout.chunks.length > 0;
    if (!wanted || !able || this.#late.open > maxLag) return false;
    const needsLoss = this.#needs('loss');
    // What is missing must be noticed before the optimizer steps.
    if ((needsLoss && !source.loss) || (this.#needs('learningRate') && !('learningRate' in source.optimizer)))
      return false;
    const loss = needsLoss ? source.loss : undefined;
    const input = { gradients, layout, context: this.#context(source), loss };
    return this.#late.step(input, this.steps < lateAfter, apply);
  }

  #stepExactly(
    gradients: readonly Gradient[],
    layout: Layout,
    source: StepSource,
    apply: (tensors: readonly Tensor[]) => void,
  ): void {
    this.settle();
    const measurement: Measurement = measureNow(gradients, layout);
    const loss = this.#needs('loss') && source.loss ? { loss: valuesOf(source.loss)[0]! } : {};
    const decision = this.clipper.decide(measurement, { ...this.#context(source), ...loss });
    if (decision.action === 'halt' && !decision.proceed) throw halted(decision);
    if (!decision.proceed) return;
    const tensors = applied(gradients, layout, decision);
    try {
      apply(tensors);
    } finally {
      disposeNew(tensors, gradients);
    }
  }

  #context({ optimizer }: StepSource): StepContext {
    const { learningRate } = optimizer as { learningRate?: unknown };
    return this.#needs('learningRate') && typeof learningRate === 'number' ? { learningRate } : {};
  }

  #needs(need: 'loss' | 'learningRate'): boolean {
    return this.clipper.plan.needs.has(need);
  }
}

/** Another model of the same making has other names for the same variables: they go by position and shape. */
function namesAsSaved(gradients: readonly Gradient[], saved: SavedTensors | undefined): readonly string[] {
  const own = gradients.map(({ name }) => name);
  if (!saved || saved.names.length !== own.length || own.every((name) => saved.names.includes(name))) return own;
  return gradients.every(({ tensor }, i) => isShape(tensor.shape, saved.shapes[i]!)) ? saved.names : own;
}

function halted({ step, reason = 'no reason was given' }: StepDecision): GradclipError {
  return new GradclipError('HALTED', `Training was halted at step ${step}: ${reason}.`, {
    where: { step },
    advice:
      'Put back good weights, mend the cause, and call clipper.restore(clipper.state(), { clearFaults: true }) on optimizer.clipper.',
  });
}
