import { decideOnce } from '@gradclip/core';
import type { Clipper, Measurement, MeasurePlan, StepContext, StepDecision } from '@gradclip/core';
import { apply, isChange } from './apply.ts';
import { columnsOf } from './columns.ts';
import { measure } from './measure.ts';
import { kindOf, refuse } from './refuse.ts';
import { checkedSet } from './set.ts';
import type { BufferSet } from './set.ts';
import { begin } from './staging.ts';
import type { StageOptions } from './staging.ts';
import { unitsOf } from './units.ts';
import type { ShapeSet } from './units.ts';

export interface BufferOptions extends StepContext {
  /** The weights the gradients belong to, in the same form and of the same lengths; for policies that need `weightNorm`. */
  weights?: BufferSet;
  /** Dimensions of each tensor, in the same form as the gradients; for unit scope. A tensor without a shape is one unit. */
  shapes?: ShapeSet;
  /** The axis units lie along, negative from the end. Default -1, the last. Tensors of rank 0 and 1 are one unit. */
  unitAxis?: number;
  /** What the loss was multiplied by, finite and > 0. Norms are divided by it; the gradients keep it. Default 1. */
  lossScale?: number;
}

export interface ClipOptions extends BufferOptions, StageOptions {}

/** What a threshold alone has measured. */
const ONE_NORM: MeasurePlan = { order: 2, needs: new Set(), scopeOf: () => 'global' };

/**
 * Measures the gradients of one step, lets the clipper decide, and applies the decision in place.
 *
 * A number in place of a clipper is a threshold for the joint L2 norm, without memory: always step 0. Make a clipper
 * once, outside the loop. Skip the optimizer step where `proceed` is false; the gradients are then as they were.
 * Nothing is changed when it throws. While the same buffers come again, it allocates little more than the decision.
 *
 * Stages work on copies: copy, transform, measure, decide, apply, commit, and only then the gradients are written. Where
 * the step is skipped or the clipper only observes, gradients and stages stay as they are; so do stages on a bad step,
 * whose gradients go past them. Norms are those of what the stages left.
 *
 * @returns the decision, which owns its numbers
 * @throws GradclipError NOT_A_CLIPPER; INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP for the
 * gradients; WEIGHTS_MISSING, INVALID_WEIGHTS, INVALID_SHAPE, INVALID_OPTION for the options; INVALID_STAGE,
 * STAGE_MISMATCH, STATE_MISMATCH, STAGE_FAILED for the stages; and what `clipper.decide` throws
 * @example
 * const { norm, factor } = clipBuffers([Float32Array.of(3, 4)], 1);   // norm 5, factor 0.2
 * @example
 * const clipper = createClipper(percentile({ p: 10 }));
 * for (const batch of batches) {
 *   const { loss, dW, db } = backward(batch);
 *   if (clipBuffers({ dW, db }, clipper, { loss }).proceed) descend({ dW, db });
 * }
 */
export function clipBuffers(gradients: BufferSet, clipper: Clipper | number, options: ClipOptions = {}): StepDecision {
  const isNumber = typeof clipper === 'number';
  // Stages have states, and a number has no place to keep them.
  const plan = isNumber && !options.stages?.length ? ONE_NORM : (clipper as Clipper)?.plan;
  if (!plan) {
    const advice = 'From a policy make the clipper once, outside the loop.';
    refuse('NOT_A_CLIPPER', `need a clipper, or a number without stages, got ${kindOf(clipper)}`, advice);
  }
  const set = checkedSet(gradients);
  const staged = begin(set.tensors, clipper as Clipper, options);
  const columns = columnsOf(staged ? checkedSet(staged.buffers) : set, plan, options);
  const measurement = measure(columns, options);
  const decision = isNumber ? decideOnce(clipper, measurement) : clipper.decide(measurement, options);
  set.applied = decision;
  if (isChange(decision)) apply(columns.spans, decision);
  if (staged?.commit(decision)) staged.write();
  return decision;
}

/**
 * Measures what `plan` asks for and changes nothing: the first half of the two-step form, for gradients in several
 * places, joined by `mergeMeasurements`. It takes no stages: they are for `clipBuffers`, which does all of a step.
 *
 * Norms are summed in float64 to a relative error below 1e-14; no finite element overflows or underflows.
 *
 * @returns columns that belong to this set and plan: valid until the set is measured again
 * @throws GradclipError INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP, WEIGHTS_MISSING,
 * INVALID_WEIGHTS, INVALID_SHAPE, INVALID_OPTION
 * @example
 * const step = clipper.decide(measureBuffers({ dW, db }, clipper.plan), { loss });
 * applyToBuffers({ dW, db }, step);
 */
export function measureBuffers(gradients: BufferSet, plan: MeasurePlan, options: BufferOptions = {}): Measurement {
  refuseStages(options);
  return measure(columnsOf(checkedSet(gradients), plan, options), options);
}

/**
 * Applies a decision in place: the second half of the two-step form. All or nothing: everything is checked before the
 * first number is written. A decision that passes, skips, drops, halts or only observes leaves every bit alone.
 *
 * Of the options only `shapes` and `unitAxis` matter, the same as for measuring. It takes no stages.
 *
 * @throws GradclipError ALREADY_APPLIED where these gradients have had this decision; UNKNOWN_TENSOR for a tensor that
 * was not measured; INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP, INVALID_SHAPE, INVALID_OPTION
 */
export function applyToBuffers(gradients: BufferSet, decision: StepDecision, options: BufferOptions = {}): void {
  refuseStages(options);
  const set = checkedSet(gradients);
  if (set.applied === decision)
    refuse('ALREADY_APPLIED', `have had the decision of step ${decision.step}`, 'Apply each decision once.');
  if (isChange(decision)) {
    const tensors = set.tensors.map((tensor) => {
      const { name, buffer } = tensor;
      const wanted = decision.factors(name).length;
      const [units, inner] = unitsOf(tensor, wanted === 1 ? undefined : options.shapes, options.unitAxis);
      if (units !== wanted) {
        const advice = 'Pass the shapes and the unitAxis it was measured with.';
        refuse('INVALID_SHAPE', `has ${wanted} units in this decision and ${units} here`, advice, name);
      }
      return { name, buffer, inner };
    });
    apply(tensors, decision);
  }
  set.applied = decision;
}

/** Left out in silence, they would look as if they worked. */
function refuseStages({ stages }: BufferOptions & StageOptions): void {
  if (stages) refuse('INVALID_STAGE', 'in two steps go through no stages', 'Use clipBuffers.');
}
