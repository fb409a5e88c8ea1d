import { tensor as create, tidy } from '@tensorflow/tfjs-core';
import type { Clipper, GradientStages, Measurement, StagedGradients, StepDecision } from '@gradclip/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { apply, isChange } from '../buffers/apply.ts';
import { clear, measured } from '../buffers/columns.ts';
import { fill } from '../buffers/fill.ts';
import { begin } from '../buffers/staging.ts';
import { valuesOf } from './backend.ts';
import type { Gradient } from './gradients.ts';
import { weightsOf } from './host.ts';
import type { Layout } from './layout.ts';

/**
 * Runs the stages over the values of tensors, which are copied once a stage; the last copy becomes the new tensor.
 * undefined: there are no stages, or the gradient is not finite and goes past them.
 * @param values what has been read already, in the order of the gradients
 */
export function beginStaged(
  gradients: readonly Gradient[],
  clipper: Clipper,
  stages: GradientStages | undefined,
  values: readonly Float32Array[] = [],
): StagedGradients | undefined {
  const tensors = gradients.map(({ name, tensor }, i) => {
    let read = values[i];
    return {
      name,
      get buffer(): Float32Array {
        // Memory of the wasm backend that has grown meanwhile leaves an empty view behind.
        if (read?.length !== tensor.size) read = valuesOf(tensor);
        return read;
      },
    };
  });
  return begin(tensors, clipper, stages ? { stages } : {});
}

/** The measurement of what the stages left, in float64 on the host. @throws GradclipError WEIGHTS_MISSING */
export function measureStaged(gradients: readonly Gradient[], layout: Layout, staged: StagedGradients): Measurement {
  const { rows, gradients: columns, weights } = layout;
  clear(layout);
  for (const row of rows) fill(columns, row, staged.buffers[row.name]!);
  if (weights) weightsOf(gradients).forEach((tensor, i) => fill(weights, rows[i]!, valuesOf(tensor), true));
  return measured(layout, undefined);
}

/**
 * What a decision makes of what the stages left: new tensors, or the gradients themselves where stages have to stay as
 * they are. Nothing is left behind when it throws.
 */
export function appliedStaged(
  gradients: readonly Gradient[],
  { rows }: Layout,
  staged: StagedGradients,
  decision: StepDecision,
): readonly Tensor[] {
  const tensors = rows.map(({ name, inner }) => ({ name, inner, buffer: staged.buffers[name]! }));
  if (isChange(decision)) apply(tensors, decision);
  // Made first: after the commit nothing may fail.
  const made = tidy(() => gradients.map(({ tensor }, i) => create(tensors[i]!.buffer, tensor.shape, tensor.dtype)));
  let isSent = false;
  try {
    isSent = staged.commit(decision);
  } finally {
    if (!isSent) for (const tensor of made) tensor.dispose();
  }
  return isSent ? made : gradients.map(({ tensor }) => tensor);
}
