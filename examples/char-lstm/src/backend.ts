import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

/** Lets TensorFlow.js compute in WebAssembly, on the one thread it has in Node. @throws Error where that cannot be loaded */
export async function startBackend(): Promise<void> {
  if (getBackend() === 'wasm') return;
  if (!(await setBackend('wasm'))) throw new Error('TensorFlow.js cannot load its WebAssembly backend here.');
}
