import type { Clipper, Measurement, MeasurePlan, StagedGradients, StepContext, StepDecision } from '@gradclip/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { kindOf, refuse } from '../buffers/refuse.ts';
import type { StageOptions } from '../buffers/staging.ts';
import { applied } from './apply.ts';
import { gradientsIn, withTensors } from './gradients.ts';
import type { Gradient } from './gradients.ts';
import { Layouts } from './layout.ts';
import type { Layout } from './layout.ts';
import { measureLater, measureNow } from './measure.ts';
import { appliedStaged, beginStaged, measureStaged } from './staged.ts';

/** A step of a hand-written loop. */
export interface ClippedGradients<G> {
  readonly step: StepDecision;
  /** In the form that was given; null where the optimizer must not step. */
  readonly grads: G | null;
}

/** What belongs to the step, and the stages of the gradient, whose values are then read on the host. */
export interface ClipGradientsOptions extends StepContext, StageOptions {}

type GradientSet = NamedTensorMap | readonly (Tensor | null | undefined)[];

const layoutsOf = new WeakMap<MeasurePlan, Layouts>();
/** The last step of each clipper that is being measured. */
const pending = new WeakMap<Clipper, Promise<unknown>>();

/**
 * Measures the gradients of one step, lets the clipper decide, and returns what the optimizer should get.
 *
 * Tensors that do not change are returned as the same objects; new ones are the caller's to dispose; none of those given
 * is disposed or changed. Tensors in a list are named '0', '1', …
 *
 * With stages all of them are new, unless the step changes nothing: a bad one, or a clipper that only observes. Stages
 * run on the host, over one copy of the values each.
 *
 * @param gradients by variable name, as `tf.variableGrads` returns them, or as a list; float32
 * @throws GradclipError NOT_A_CLIPPER, INVALID_GRADIENT, WEIGHTS_MISSING, INVALID_STAGE, STAGE_MISMATCH, STATE_MISMATCH,
 * STAGE_FAILED, and what `clipper.decide` throws; then nothing has changed
 * @example
 * tf.tidy(() => {
 *   const { grads } = tf.variableGrads(loss);
 *   const clipped = clipGradients(grads, clipper);
 *   if (clipped.grads) optimizer.applyGradients(clipped.grads); // const optimizer: tf.Optimizer
 * });
 */
export function clipGradients<G extends GradientSet>(
  gradients: G,
  clipper: Clipper,
  options: ClipGradientsOptions = {},
): ClippedGradients<G> {
  const { list, layout } = layOut(gradients, clipper);
  const staged = beginStaged(list, clipper, options.stages);
  const measurement = staged ? measureStaged(list, layout, staged) : measureNow(list, layout);
  return finish(gradients, list, layout, clipper.decide(measurement, options), staged);
}

/**
 * The same, without blocking while a device computes. Steps of one clipper are decided in the order of these calls. Keep the
 * gradients until the promise settles.
 */
export async function clipGradientsAsync<G extends GradientSet>(
  gradients: G,
  clipper: Clipper,
  options: ClipGradientsOptions = {},
): Promise<ClippedGradients<G>> {
  const { list, layout } = layOut(gradients, clipper);
  const before = pending.get(clipper) ?? Promise.resolve();
  const decide = async (): Promise<ClippedGradients<G>> => {
    const { stages } = options;
    const values = stages?.length ? await Promise.all(list.map(({ tensor }) => tensor.data<'float32'>())) : [];
    const staged = beginStaged(list, clipper, stages, values);
    const use = (measurement: Measurement): ClippedGradients<G> =>
      finish(gradients, list, layout, clipper.decide(measurement, options), staged);
    return staged ? use(measureStaged(list, layout, staged)) : measureLater(list, layout, use);
  };
  const step = before.then(decide);
  pending.set(clipper, step.then(ignore, ignore));
  return step;
}

function ignore(): void {}

function layOut(gradients: GradientSet, clipper: Clipper): { list: readonly Gradient[]; layout: Layout } {
  const plan = clipper?.plan;
  if (!plan)
    refuse(
      'NOT_A_CLIPPER',
      `need a clipper, got ${kindOf(clipper)}`,
      'Make it once, outside the loop: createClipper(1).',
    );
  const list = gradientsIn(gradients);
  let layouts = layoutsOf.get(plan);
  if (!layouts) layoutsOf.set(plan, (layouts = new Layouts(plan)));
  return { list, layout: layouts.of(list) };
}

function finish<G extends GradientSet>(
  gradients: G,
  list: readonly Gradient[],
  layout: Layout,
  step: StepDecision,
  staged: StagedGradients | undefined,
): ClippedGradients<G> {
  if (!step.proceed) return { step, grads: null };
  const tensors = staged ? appliedStaged(list, layout, staged, step) : applied(list, layout, step);
  return { step, grads: withTensors(gradients, tensors) };
}
