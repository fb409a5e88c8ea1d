import { enableProdMode, setBackend } from '@tensorflow/tfjs-core';

/**
 * Starts TensorFlow.js in plain JavaScript: with a network of this size WebAssembly is not faster. In production mode it
 * does not recommend another backend on stderr.
 */
export async function startTensorflow(): Promise<void> {
  enableProdMode();
  await import('@tensorflow/tfjs-backend-cpu');
  await import('@tensorflow/tfjs-layers'); // tfjs-core alone has no gradients in Node
  await setBackend('cpu');
}
