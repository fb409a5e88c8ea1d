import * as tf from '@tensorflow/tfjs-core';

/** The loop that users of tfjs write. */
export function naiveNorm(grads: tf.NamedTensorMap): number {
  let sum = 0;
  for (const name of Object.keys(grads)) {
    const values = grads[name]!.dataSync();
    for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  }
  return Math.sqrt(sum);
}

/** As they apply it: a new tensor each, disposed after the optimizer has had them. */
export function naiveClip(
  grads: tf.NamedTensorMap,
  threshold: number,
  optimize: (clipped: tf.NamedTensorMap) => void,
): void {
  const factor = Math.min(1, threshold / naiveNorm(grads));
  const clipped: tf.NamedTensorMap = {};
  for (const name of Object.keys(grads)) clipped[name] = tf.mul(grads[name]!, factor);
  optimize(clipped);
  tf.dispose(clipped);
}
