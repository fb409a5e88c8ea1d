import { backend, env, getBackend } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Backends that compute in the memory of this process, where reading a tensor waits for nothing. */
const IN_PROCESS = new Set(['cpu', 'wasm', 'tensorflow']);

/** Whether gradients lie on a device, which must be waited for when they are read. */
export function isOnDevice(): boolean {
  return !IN_PROCESS.has(getBackend());
}

/** Whether the backend computes in float32; textures of 16 bits end at 65504, whose root is the largest gradient. */
export function isFloat32(): boolean {
  // The precision that WebGL reports is the lower one exactly where it computes in the higher.
  if (getBackend() === 'webgl' && env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) return true;
  return backend().floatPrecision() === 32;
}

/** Whether a slice costs what it holds. The wasm backend copies the whole tensor first. */
export function isCutCheaply(): boolean {
  return getBackend() !== 'wasm';
}

/** Whether dataSync gives the memory of a tensor itself, and tf.tensor keeps the array it is given. */
export function isPlainMemory(): boolean {
  return getBackend() === 'cpu';
}

/**
 * The elements of a float32 tensor, to be read at once and not written to: the backend's own memory where it can be had,
 * else a copy.
 */
export function valuesOf(tensor: Tensor): Float32Array {
  const { typedArrayFromHeap } = backend() as { typedArrayFromHeap?: (tensor: Tensor) => Float32Array };
  return typedArrayFromHeap ? typedArrayFromHeap.call(backend(), tensor) : (tensor.dataSync() as Float32Array);
}
