import * as tf from '@tensorflow/tfjs-core';

/** An optimizer that does nothing, so that clipping alone is measured. */
export class Sink extends tf.Optimizer {
  static readonly className = 'Sink';
  #last: tf.Tensor | undefined;

  override applyGradients(gradients: Parameters<tf.Optimizer['applyGradients']>[0]): void {
    this.#last?.dispose();
    const [first] = Object.values(gradients) as tf.Tensor[];
    this.#last = first && tf.keep(tf.clone(first));
  }

  /** Resolves when the last gradients are computed. */
  async finish(): Promise<void> {
    await this.#last?.data();
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}
