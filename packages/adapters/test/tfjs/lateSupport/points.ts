import * as tf from '@tensorflow/tfjs-core';

// oxlint-disable-next-line typescript/no-explicit-any -- of any method
type Methods = Record<string, (...given: any[]) => unknown>;

/**
 * Every place where TensorFlow.js can fail: an operation, a tensor that is made from values, a read that blocks. They are
 * counted, and one of them throws. For one test; `end()` ends it.
 */
export class Points {
  /** That have been passed since the last was set. */
  passed = 0;
  #at = Infinity;
  readonly #undo: (() => void)[] = [];

  constructor() {
    this.#watch(tf.engine() as unknown as Methods, ['runKernel', 'makeTensor']);
    this.#watch(tf.Tensor.prototype as unknown as Methods, ['dataSync']);
  }

  /** The one that throws from now on, counted from 1. */
  set(at: number): void {
    this.passed = 0;
    this.#at = at;
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  #watch(owner: Methods, names: readonly string[]): void {
    const pass = (): void => {
      if (++this.passed === this.#at) throw new Error(`point ${this.#at}`);
    };
    for (const name of names) {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      const method = owner[name]!;
      owner[name] = function (this: unknown, ...given: unknown[]): unknown {
        pass();
        return method.apply(this, given);
      };
      this.#undo.push(() => {
        if (before) Object.defineProperty(owner, name, before);
        else Reflect.deleteProperty(owner, name);
      });
    }
  }
}
