import { AdamOptimizer, mul, tidy } from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core';

/**
 * Adam with decoupled weight decay, in the order of PyTorch: `w = w - rate * decay * w`, then the step of Adam.
 * Decay is not part of the gradient, so clipping does not touch it. Loshchilov and Hutter 2017, arXiv:1711.05101.
 */
export class AdamW extends AdamOptimizer {
  readonly #decay: number;
  readonly #decayed: readonly Variable[];

  /** @param decay What each of `decayed` loses in a step, times the learning rate; >= 0. */
  constructor(decay: number, decayed: readonly Variable[]) {
    super(0, 0.9, 0.999, 1e-8);
    this.#decay = decay;
    this.#decayed = decayed;
  }

  /** @param gradients By name of their variables, the same ones in every step. */
  step(gradients: NamedTensorMap, learningRate: number): void {
    tidy(() => {
      for (const weights of this.#decayed) weights.assign(mul(weights, 1 - learningRate * this.#decay));
    });
    this.learningRate = learningRate;
    this.applyGradients(gradients as Parameters<AdamOptimizer['applyGradients']>[0]);
  }
}
