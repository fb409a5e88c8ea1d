// Gradient accumulation: one optimizer step from several micro-batches.
//
// When: the batch you want does not fit into memory.
//
// Without: a clipper asked once a micro-batch sees the norms of small samples, which are larger and noisier than those
// of the whole batch. It cuts each of them, so that the sum is cut several times over, and a policy that learns from norms
// learns the wrong ones, several a step. Clip what the optimizer gets: once, after all of it has been added up.
import { clipGradients } from '@gradclip/adapters/tfjs';
import { createClipper } from '@gradclip/core';
import type { StepDecision } from '@gradclip/core';
import { auto } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';

/** The mean loss of a micro-batch. */
export type MicroLoss = () => tf.Scalar;

/** @param batches one list of micro-batches, all of one size, for each optimizer step */
export function gradientAccumulation(batches: Iterable<readonly MicroLoss[]>): StepDecision[] {
  const optimizer: tf.Optimizer = tf.train.adam(0.05);
  const clipper = createClipper(auto());
  const decisions: StepDecision[] = [];
  for (const microBatches of batches) {
    const gradients = accumulate(microBatches);
    // clipGradients returns new tensors for what it changed; tidy disposes of those.
    tf.tidy(() => {
      const { step, grads } = clipGradients(gradients, clipper);
      if (grads) optimizer.applyGradients(grads);
      decisions.push(step);
    });
    tf.dispose(gradients);
  }
  optimizer.dispose();
  return decisions;
}

/** The gradient of the mean over all micro-batches. Beside the sum, the gradients of one of them are in memory at a time. */
function accumulate(microBatches: readonly MicroLoss[]): tf.NamedTensorMap {
  let sum: tf.NamedTensorMap = {};
  for (const loss of microBatches) {
    const before = sum;
    sum = tf.tidy(() => {
      // Each loss is divided, so that the sum is a mean: the norm does not depend on the number of micro-batches.
      const { grads } = tf.variableGrads(() => tf.div(loss(), microBatches.length));
      const added = Object.entries(grads).map(([name, grad]) => [
        name,
        before[name] ? tf.add(before[name], grad) : grad,
      ]);
      return Object.fromEntries(added) as tf.NamedTensorMap;
    });
    tf.dispose(before);
  }
  return sum;
}
