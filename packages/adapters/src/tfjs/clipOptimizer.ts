import { Optimizer } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Scalar, serialization, Variable } from '@tensorflow/tfjs-core';
import { GradclipError } from '@gradclip/core';
import type { ClipGroup, Clipper, PolicyLike } from '@gradclip/core';
import { checkOptimizer } from './check.ts';
import { Clipping } from './clipping.ts';
import type { NamedTensor } from './gradients.ts';
import { minimize } from './minimize.ts';
import { takeClipper } from './options.ts';
import type { ClippedBy, ClockOptions, TfjsOptions } from './options.ts';
import { configOf } from './saving.ts';
import type { SavedClipping } from './saving.ts';
import { guardInner } from './unused.ts';

/** An optimizer of tfjs with a clipper in front. */
export type ClippedOptimizer = Optimizer & {
  readonly clipper: Clipper;
  /** That of the inner optimizer. Setting it takes effect for every one, also where tfjs itself ignores it (sgd, momentum). */
  learningRate: number;
  setLearningRate(rate: number): void;
};

/** What tfjs's own types of optimizers lack: null for variables that the loss does not reach. */
type TfjsGradients = Parameters<Optimizer['applyGradients']>[0];

/** The class behind {@link clipOptimizer}. Everything but the gradients goes to the inner optimizer as it is. */
export class ClipOptimizer extends Optimizer {
  /** Under which a model is saved. @nocollapse */
  static get className(): string {
    return 'ClipOptimizer';
  }

  /** `instanceof` does not tell: tfjs has it answer true for every object with the three methods of an optimizer. */
  static is(optimizer: Optimizer): optimizer is ClipOptimizer {
    return #clipping in optimizer;
  }

  readonly inner: Optimizer;
  /** What a model was saved with, until a clipper has got it. */
  saved: SavedClipping | undefined;
  readonly #guard: ReturnType<typeof guardInner>;
  #clipping: Clipping | undefined;

  constructor(inner: Optimizer, clipping: Clipping | undefined, saved?: SavedClipping) {
    super();
    this.inner = inner;
    this.#clipping = clipping;
    this.saved = saved;
    this.#guard = guardInner(inner, () => (this.#clipping?.steps ?? 0) > 0);
  }

  /** @throws GradclipError NO_CLIPPER */
  get clipping(): Clipping {
    if (this.#clipping) return this.#clipping;
    throw new GradclipError('NO_CLIPPER', 'This optimizer was loaded without a registry, so it has no clipper yet.', {
      advice:
        'Call registerClipOptimizer(createRegistry([policiesPlugin])) before loading, or attachClipper(model.optimizer, policy) after it.',
    });
  }

  /** Gives a loaded optimizer its clipper, or takes it away. */
  set clipping(clipping: Clipping | undefined) {
    this.#clipping = clipping;
  }

  get hasClipper(): boolean {
    return this.#clipping !== undefined;
  }

  get clipper(): Clipper {
    return this.clipping.clipper;
  }

  get learningRate(): number {
    return (this.inner as unknown as { learningRate: number }).learningRate;
  }

  set learningRate(rate: number) {
    this.setLearningRate(rate);
  }

  /** sgd and momentum keep the rate as a tensor, too. */
  setLearningRate(rate: number): void {
    const inner = this.inner as unknown as { learningRate: number; setLearningRate?: (rate: number) => void };
    if (inner.setLearningRate) inner.setLearningRate(rate);
    else inner.learningRate = rate;
  }

  override get iterations(): number {
    return this.inner.iterations;
  }

  override minimize(loss: () => Scalar, returnCost?: boolean, variables?: Variable[]): Scalar | null {
    return minimize(this, [loss, returnCost, variables], (gradients, value) => this.#step(gradients, value));
  }

  override computeGradients(loss: () => Scalar, variables?: Variable[]): { value: Scalar; grads: NamedTensorMap } {
    return this.inner.computeGradients(loss, variables);
  }

  override applyGradients(gradients: TfjsGradients): void {
    this.#step(gradients);
  }

  #step(gradients: NamedTensorMap | NamedTensor[], loss?: Scalar): void {
    const { inner: optimizer } = this;
    const { apply } = this.#guard;
    this.clipping.step(gradients, { optimizer, loss }, (clipped) => apply(clipped as TfjsGradients));
  }

  override dispose(): void {
    try {
      this.#clipping?.release();
    } finally {
      this.#guard.release();
      this.inner.dispose();
    }
  }

  override saveIterations(): ReturnType<Optimizer['saveIterations']> {
    return this.inner.saveIterations();
  }

  override getWeights(): ReturnType<Optimizer['getWeights']> {
    return this.inner.getWeights();
  }

  override setWeights(weights: Parameters<Optimizer['setWeights']>[0]): Promise<void> {
    return this.inner.setWeights(weights);
  }

  override getConfig(): serialization.ConfigDict {
    return configOf(this.inner, this.clipping);
  }
}

/**
 * Puts a clipper in front of any optimizer of tfjs: the only line a training needs, whether it runs through `model.fit`,
 * `fitDataset`, `trainOnBatch`, `minimize` or `applyGradients`. A step that is skipped does not reach the optimizer.
 *
 * @param optimizer from `tf.train`, or a class of your own; it belongs to the clipped one from now on
 * @param policy a threshold of the L2 norm over all gradients, a policy, groups of variables by name, or a clipper
 * @param options as of `createClipper`, and which clock decides; with a clipper only the latter
 * @throws GradclipError INVALID_OPTIMIZER, INVALID_LEARNING_RATE, SECOND_TFJS, CLIPPED_ALREADY, CLIPPER_IN_USE,
 * INVALID_OPTION, INVALID_POLICY
 * @example
 * model.compile({ optimizer: clipOptimizer(tf.train.adam(1e-3), percentile({ p: 10 })), loss: 'meanSquaredError' });
 */
export function clipOptimizer(
  optimizer: Optimizer,
  policy: PolicyLike | readonly ClipGroup[],
  options?: TfjsOptions,
): ClippedOptimizer;
export function clipOptimizer(
  optimizer: Optimizer,
  clipper: Clipper,
  options?: Partial<ClockOptions>,
): ClippedOptimizer;
export function clipOptimizer(optimizer: Optimizer, by: ClippedBy, options?: TfjsOptions): ClippedOptimizer;
export function clipOptimizer(optimizer: Optimizer, by: ClippedBy, options: TfjsOptions = {}): ClippedOptimizer {
  checkOptimizer(optimizer);
  if ('clipper' in optimizer) throw clippedAlready();
  return new ClipOptimizer(optimizer, new Clipping(...takeClipper('clipOptimizer', by, options)));
}

export function clippedAlready(): GradclipError {
  return new GradclipError('CLIPPED_ALREADY', 'This optimizer has a clipper.', {
    advice: 'Combine policies with smallest(a, b), or undo what attachClipper did first.',
  });
}
