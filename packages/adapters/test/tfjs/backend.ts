import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    backend: 'cpu' | 'wasm' | 'node' | 'webgl' | 'webgpu';
  }
}

/** The backend that these tests run on. */
export const backend = inject('backend');

/** Its name in TensorFlow.js. */
export const registeredName = backend === 'node' ? 'tensorflow' : backend;
