// Gradient stages: rules that look at single elements, before the norm is taken.
//
// When: now and then one weight gets a gradient a thousand times too large: a rare word in an embedding, a number at the edge
// of what 16 bits hold.
//
// Without: a clipper scales whole gradients. One element that is a thousand times too large takes all others down with it,
// and what is left of the step goes to the one that is wrong. A stage cuts that element alone; the clipper then measures the rest.
import { clipGradients } from '@gradclip/adapters/tfjs';
import { createClipper } from '@gradclip/core';
import type { Json, StepDecision } from '@gradclip/core';
import { auto, spam } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';

/**
 * @param losses one for each step
 * @param saved what an earlier call returned: its history goes on
 */
export function gradientStages(
  losses: Iterable<() => tf.Scalar>,
  saved?: Json,
): { decisions: StepDecision[]; saved: Json } {
  const optimizer: tf.Optimizer = tf.train.sgd(0.1);
  const clipper = createClipper(auto());
  if (saved !== undefined) clipper.restore(saved);
  // Made once, like the clipper, which keeps their states. In its first 19 steps this one only looks.
  const stages = [spam({ guarded: true })];
  const decisions: StepDecision[] = [];
  for (const loss of losses) {
    // With stages all gradients come back as new tensors; tidy disposes of both kinds.
    tf.tidy(() => {
      const { grads: raw } = tf.variableGrads(loss);
      const { step, grads } = clipGradients(raw, clipper, { stages });
      if (grads) optimizer.applyGradients(grads);
      decisions.push(step);
    });
  }
  optimizer.dispose();
  return { decisions, saved: clipper.state() };
}
