import * as tf from '@tensorflow/tfjs-core';
import { vi } from 'vitest';

interface Held {
  readonly read: Promise<unknown>;
  readonly resolve: (values: never) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Holds what is read from tensors without blocking until it is released: a device that answers as late as one likes, in
 * any order. For one test; `vi.restoreAllMocks()` ends it.
 */
export class HeldReads {
  readonly #held: Held[] = [];
  readonly #read = tf.Tensor.prototype.data;

  constructor() {
    const hold = (tensor: tf.Tensor): Promise<never> => {
      const read = this.#read.call(tensor);
      // It may fail while nobody waits for it: that of a tensor that has been disposed of since.
      read.catch(() => {});
      return new Promise<never>((resolve, reject) => this.#held.push({ read, resolve, reject }));
    };
    vi.spyOn(tf.Tensor.prototype, 'data').mockImplementation(function (this: tf.Tensor) {
      return hold(this);
    });
  }

  /** Reads that have not been released. */
  get count(): number {
    return this.#held.length;
  }

  /** Lets the oldest read come back, or the one at another place. */
  async release(place: number = 0): Promise<void> {
    const [{ read, resolve, reject }] = this.#held.splice(place, 1) as [Held];
    await read.then(resolve as (values: unknown) => void, reject);
    await soon();
  }

  async fail(cause: unknown, place: number = 0): Promise<void> {
    const [{ reject }] = this.#held.splice(place, 1) as [Held];
    reject(cause);
    await soon();
  }

  async releaseAll(): Promise<void> {
    while (this.#held.length) await this.release();
  }

  /** Reads from now on are not held. */
  end(): void {
    vi.mocked(tf.Tensor.prototype.data).mockRestore();
  }
}

/** When everything has run that waits for nothing but its turn. */
export async function soon(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}
