import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { backend, registeredName } from './backend.ts';

it('is the one in force', () => {
  expect(tf.getBackend()).toBe(registeredName);
  expect(tf.getKernelsForBackend(registeredName).length).toBeGreaterThan(100);
});

it('is that of all packages: there is one TensorFlow.js', () => {
  // Layers registers its classes with the TensorFlow.js that it has imported.
  expect(tf.serialization.SerializationMap.getMap().classNameMap).toHaveProperty('Dense');
  expect(tfl.layers.dense({ units: 1 }).getClassName()).toBe('Dense');
  expect(tfd.version_data).toBe(tf.version_core);
  expect(tfl.version_layers).toBe(tf.version_core);
});

it('computes, and is read with and without waiting', async () => {
  const values = Float32Array.from({ length: 2000 }, (_, i) => (i % 7) - 3);
  const exact = values.reduce((sum, x) => sum + x * x, 0);
  const square = tf.square(tf.tensor(values, [40, 50]));
  expect(tf.sum(square).dataSync()[0]).toBe(exact);
  expect((await tf.sum(square).data())[0]).toBe(exact);
  expect(square.dataSync()).toEqual(values.map((x) => x * x));
});

it('has the precision and the range of float32', () => {
  const smallest = 2 ** -126;
  const largest = 3.4028234663852886e38;
  const values = [1 + 2 ** -23, smallest, largest, 16777215, 1e-20, 1e20];
  const sum = tf.add(tf.tensor1d(values), tf.zeros([values.length]));
  expect([...sum.dataSync()]).toEqual([...Float32Array.from(values)]);
  const product = tf.mul(tf.tensor1d([1 + 2 ** -23, 1e-20, 1e20]), tf.scalar(2));
  expect([...product.dataSync()]).toEqual([...Float32Array.of(2 + 2 ** -22, 2e-20, 2e20)]);
});

it.runIf(backend === 'webgl')('renders to float32, whatever floatPrecision() says', () => {
  expect(tf.env().getNumber('WEBGL_VERSION')).toBe(2);
  expect(tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')).toBe(true);
  expect(tf.backend().floatPrecision()).toBe(16);
});

it.runIf(backend !== 'webgl')('says that it has float32', () => {
  expect(tf.backend().floatPrecision()).toBe(32);
});

it('trains a model', async () => {
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const [x, y] = [tf.tensor2d([0, 1, 1, 0, 1, 1], [3, 2]), tf.tensor2d([1, 2, 3], [3, 1])];
  const { history } = await model.fit(x, y, { epochs: 60, verbose: 0 });
  const loss = history['loss'] as number[];
  expect(loss).toHaveLength(60);
  expect(loss.at(-1)).toBeLessThan(0.05 * loss[0]!);
});
