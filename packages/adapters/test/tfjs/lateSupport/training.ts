import type { Clipper } from '@gradclip/core';
import { encode } from '@gradclip/core';
import * as tf from '@tensorflow/tfjs-core';

// Gradients of operations come with layers, not with core.
await import('@tensorflow/tfjs-layers');

/** Something small to train, and what must not change when a step fails. */
export class Training {
  readonly variables: tf.Variable[];
  readonly #x: tf.Tensor2D = tf.keep(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]));
  readonly #y: tf.Tensor2D = tf.keep(tf.tensor2d([1, -1, 2, -2], [2, 2]));

  /** With variables of these names. */
  constructor(name: string) {
    const initial = { w: tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), b: tf.tensor1d([1, 2]) };
    this.variables = Object.entries(initial).map(([own, values]) => {
      // What a test has left that failed.
      tf.engine().registeredVariables[`${name}/${own}`]?.dispose();
      return tf.variable(values as tf.Tensor, true, `${name}/${own}`);
    });
    tf.dispose(initial);
  }

  readonly loss = (): tf.Scalar => {
    const [w, b] = this.variables as tf.Tensor[] as [tf.Tensor2D, tf.Tensor1D];
    return tf.sum(tf.square(tf.sub(tf.add(tf.matMul(this.#x, w), b), this.#y)));
  };

  /** Gradients of the caller; `bad` puts a NaN among them. */
  gradients({ bad = false } = {}): tf.NamedTensorMap {
    const [w, b] = this.variables as [tf.Variable, tf.Variable];
    return {
      [w.name]: tf.tensor2d([1, -2, 3, bad ? NaN : -4, 5, -6], [3, 2]),
      [b.name]: tf.tensor1d([7, -8]),
    };
  }

  async weights(): Promise<readonly number[][]> {
    return Promise.all(this.variables.map(async (variable) => [...(await variable.data())]));
  }

  dispose(): void {
    tf.dispose([this.#x, this.#y]);
    for (const variable of this.variables) variable.dispose();
  }
}

export interface Memory {
  readonly tensors: number;
  readonly bytes: number;
}

export function memory(): Memory {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
}

export function growth(before: Memory): Memory {
  const now = memory();
  return { tensors: now.tensors - before.tensors, bytes: now.bytes - before.bytes };
}

export const NOTHING: Memory = { tensors: 0, bytes: 0 };

export function stateOf(clipper: Clipper): string {
  return encode(clipper.state());
}

/** Inside tf.tidy, as `model.fit` does it, or outside. */
export const PLACES: Readonly<Record<string, (step: () => void) => void>> = {
  'outside tf.tidy': (step) => step(),
  'inside tf.tidy': (step) => tf.tidy(step),
};

/** What a call throws, as text; undefined when it throws nothing. */
export function thrown(call: () => void): string | undefined {
  try {
    call();
    return undefined;
  } catch (cause) {
    return String(cause);
  }
}
