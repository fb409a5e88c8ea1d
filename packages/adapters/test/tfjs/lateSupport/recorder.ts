import * as tf from '@tensorflow/tfjs-core';

type Given = Parameters<tf.Optimizer['applyGradients']>[0];

/** What an optimizer was handed in one call, by name. */
export type Received = Readonly<Record<string, Float32Array>>;

/** An optimizer that keeps what it gets, and changes nothing. */
export class Recorder extends tf.Optimizer {
  static get className(): string {
    return 'Recorder';
  }

  /** Called before a call is recorded, and may throw. */
  before: () => void = () => {};
  readonly #calls: { readonly step: number; readonly tensors: readonly [name: string, kept: tf.Tensor][] }[] = [];
  /** What it was given last. */
  last: Given | undefined;
  /** Under which the next calls are recorded. */
  step = 0;

  override applyGradients(gradients: Given): void {
    this.before();
    this.last = gradients;
    const named: [string, tf.Tensor | null | undefined][] = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor])
      : Object.entries(gradients);
    const present = named.filter((entry): entry is [string, tf.Tensor] => Boolean(entry[1]));
    const tensors = present.map(([name, tensor]) => [name, tf.keep(tensor.clone())] as [string, tf.Tensor]);
    this.#calls.push({ step: this.step, tensors });
    this.incrementIterations();
  }

  override getConfig(): Record<string, never> {
    return {};
  }

  get calls(): number {
    return this.#calls.length;
  }

  /** What was received, by step; reads once, because reading is what takes long on a device. */
  async received(): Promise<ReadonlyMap<number, Received>> {
    const all = this.#calls.flatMap(({ tensors }) => tensors.map(([, tensor]) => tensor));
    const joined = all.length ? tf.tidy(() => tf.concat(all.map((tensor) => tf.reshape(tensor, [-1])))) : undefined;
    const values = (await joined?.data()) as Float32Array | undefined;
    joined?.dispose();
    let next = 0;
    const take = (tensor: tf.Tensor): Float32Array => values!.slice(next, (next += tensor.size));
    return new Map(
      this.#calls.map(({ step, tensors }) => [
        step,
        Object.fromEntries(tensors.map(([name, tensor]) => [name, take(tensor)])),
      ]),
    );
  }

  override dispose(): void {
    for (const { tensors } of this.#calls.splice(0)) for (const [, tensor] of tensors) tensor.dispose();
  }
}
