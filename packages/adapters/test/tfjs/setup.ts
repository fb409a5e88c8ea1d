// Runs before each test file. The files share one TensorFlow.js, which is slow to start, so each leaves it as it was:
// tensors of a test are disposed of with it, variables of a file with the file. What nothing can reset are the names that
// layers give their weights, d/kernel, then d/kernel_1: tests ask for them, or use a name that no other file has.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { backend, registeredName } from './backend.ts';

const load = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  node: () => import('@tensorflow/tfjs-node'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};

// While it starts: the first tensor brings no advice to install tfjs-node, and graphics in software are good enough. Not
// longer, since it also makes TensorFlow.js look for leaks after each operation, and report some of wasm's that are none.
tf.env().set('IS_TEST', true);
await load[backend]();
// Small tensors are computed by the graphics backends, too, not by JavaScript.
if (backend === 'webgl' || backend === 'webgpu') tf.env().set(`${backend.toUpperCase()}_CPU_FORWARD`, false);
const isSet = await tf.setBackend(registeredName);
await tf.ready();
if (!isSet || tf.getBackend() !== registeredName) {
  throw new Error(`The backend ${registeredName} could not be started: ${tf.getBackend()} is in force.`);
}
tf.scalar(0).dispose();
tf.env().set('IS_TEST', false);
// Tests may read synchronously, slow as it is there.
if (backend === 'webgpu') Object.assign(tf.backend(), { hasReadSyncWarned: true });

beforeEach(() => tf.engine().startScope());
afterEach(async () => {
  tf.engine().endScope();
  if (tf.getBackend() !== registeredName) await tf.setBackend(registeredName);
});
afterAll(() => tf.disposeVariables());
