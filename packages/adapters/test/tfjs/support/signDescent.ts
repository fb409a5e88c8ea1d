import * as tf from '@tensorflow/tfjs-core';

/** An optimizer as a user might write it: with a rule, a minimize and private fields of its own. */
export class SignDescent extends tf.Optimizer {
  static get className(): string {
    return 'SignDescent';
  }
  readonly calls: string[] = [];
  readonly #rate: number;
  constructor(rate: number) {
    super();
    this.#rate = rate;
  }
  override minimize(loss: () => tf.Scalar, returnCost?: boolean, list?: tf.Variable[]): tf.Scalar | null {
    this.calls.push('minimize');
    return super.minimize(loss, returnCost, list);
  }
  override applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    this.calls.push('applyGradients');
    const pairs = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    for (const { name, tensor } of pairs)
      tf.tidy(() => {
        const variable = tf.engine().registeredVariables[name]!;
        variable.assign(tf.sub(variable, tf.mul(tf.sign(tensor), tf.mul(this.#rate, tf.sqrt(tf.abs(tensor))))));
      });
    this.incrementIterations();
  }
  getConfig(): { rate: number } {
    return { rate: this.#rate };
  }
  override async getWeights(): ReturnType<tf.Optimizer['getWeights']> {
    return [await this.saveIterations()];
  }
  override async setWeights(weights: Parameters<tf.Optimizer['setWeights']>[0]): Promise<void> {
    await this.extractIterations(weights);
  }
  static override fromConfig<T extends tf.serialization.Serializable>(
    _: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new SignDescent(config['rate'] as number) as unknown as T;
  }
}
