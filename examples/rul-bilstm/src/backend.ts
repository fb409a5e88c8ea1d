import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';

/** Starts WebAssembly in this thread; once is enough, more do no harm. @throws Error when it cannot be started */
export async function startBackend(): Promise<void> {
  if (getBackend() === 'wasm') return;
  // In Node, core has no gradients of its operations: they come with layers.
  await import('@tensorflow/tfjs-layers');
  setThreadsCount(1); // the runs are side by side already
  if (!(await setBackend('wasm'))) throw new Error('The wasm backend of TensorFlow.js cannot be started.');
}
