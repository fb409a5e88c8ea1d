// Loss scaling: small gradients kept alive by a larger loss.
//
// When: the device computes with 16 bits, as WebGL does on many phones (`WEBGL_RENDER_FLOAT32_ENABLED` is false in `tf.env()`). On the way
// back through the network, numbers below 6e-8 become 0 there, and those above 65504 Infinity.
//
// Without: layers far from the loss stop learning. With a scale that stays in the gradients, every threshold is wrong by that
// factor, and a history mixes norms of different scales. So divide first, then clip. (A weight whose own gradient, a sum over
// the batch, is below 6e-8 after the division still gets 0: what is saved are the smaller numbers that such sums are made of.)
import { clipGradients } from '@gradclip/adapters/tfjs';
import { createClipper } from '@gradclip/core';
import type { StepDecision } from '@gradclip/core';
import { auto } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';

/** A step, and the scale its loss had. */
export interface ScaledStep {
  readonly scale: number;
  readonly step: StepDecision;
}

/**
 * Lowers the scale whenever something overflows, and tries a higher one after `patience` good steps. Powers of two change no
 * digit of a gradient.
 */
export function lossScaling(loss: () => tf.Scalar, steps: number, scale = 2 ** 15, patience = 2000): ScaledStep[] {
  const optimizer: tf.Optimizer = tf.train.adam(0.01);
  // While the scale is sought, bad steps come in a row: room for the halvings down to 1, and for ten more. If those are used
  // up, the scale is not the cause, and the clipper halts.
  const clipper = createClipper(auto(), { nonFiniteBudget: Math.ceil(Math.log2(scale)) + 10 });
  clipper.alerts$.subscribe(({ code, message }) => {
    // A step lost to the scale is routine, not news.
    if (code !== 'NON_FINITE') console.warn(message);
  });
  const history: ScaledStep[] = [];
  let good = 0; // steps since the last overflow
  while (history.length < steps) {
    tf.tidy(() => {
      const { grads: scaled } = tf.variableGrads(() => tf.mul(loss(), scale));
      const gradients = Object.entries(scaled).map(([name, grad]) => [name, tf.div(grad, scale)]);
      const clipped = clipGradients(Object.fromEntries(gradients) as tf.NamedTensorMap, clipper);
      // null after an overflow: neither the weights nor the optimizer's moments nor the policy get to see that step.
      if (clipped.grads) optimizer.applyGradients(clipped.grads);
      history.push({ scale, step: clipped.step });
    });
    const { step } = history.at(-1)!;
    if (step.action === 'halt') break;
    // A policy may skip a step, too (skipAbove); only after an overflow the norm is NaN.
    good = Number.isNaN(step.norm) ? 0 : good + 1;
    if (good === 0) scale = Math.max(1, scale / 2);
    else if (good % patience === 0) scale *= 2;
  }
  optimizer.dispose();
  return history;
}
