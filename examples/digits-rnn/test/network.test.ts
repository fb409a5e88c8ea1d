import { createRandom, gaussian } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { createNetwork, createParameters, descend, initialWeights } from '../src/network.ts';
import type { Parameters, Shape } from '../src/network.ts';
import { addProduct } from '../src/product.ts';

const shape: Shape = { steps: 5, inputs: 3, hidden: 6, classes: 4 };
const batch = 3;
const labels = Uint8Array.of(0, 3, 1);

function setUp() {
  const random = createRandom(2);
  const weights = initialWeights(shape, random);
  // Away from the identity, so that every path of the recurrence carries something.
  for (const values of Object.values(weights)) values.forEach((_, i) => (values[i]! += 0.2 * gaussian(random)));
  const network = createNetwork(shape, batch);
  network.input.forEach((_, i, input) => (input[i] = gaussian(random)));
  return { weights, network, gradients: createParameters(shape) };
}

test('the gradient is the slope of the loss', () => {
  const { weights, network, gradients } = setUp();
  const lossOf = (): number => {
    network.forward(weights);
    return network.loss(labels);
  };
  lossOf();
  network.backward(weights, gradients);

  const h = 1 / 512;
  for (const name of Object.keys(weights) as (keyof Parameters)[]) {
    const values = weights[name];
    const numeric = values.map((value, i) => {
      values[i] = value + h;
      const above = lossOf();
      values[i] = value - h;
      const below = lossOf();
      values[i] = value;
      return (above - below) / (2 * h);
    });
    const size = Math.max(...gradients[name].map(Math.abs));
    expect(size, name).toBeGreaterThan(0.01);
    // The loss is good to 1e-7 in float32, its difference divided by 2h to 1e-4; no state crosses 0 for this seed.
    numeric.forEach((slope, i) => expect(Math.abs(slope - gradients[name][i]!), `${name}[${i}]`).toBeLessThan(5e-4));
  }
});

test('backward starts afresh: a second call gives the same gradients', () => {
  const { weights, network, gradients } = setUp();
  const compute = () => {
    network.forward(weights);
    network.loss(labels);
    network.backward(weights, gradients);
    return Object.values(gradients).map((values) => [...values]);
  };
  expect(compute()).toEqual(compute());
});

test('descending the gradient lowers the loss', () => {
  const { weights, network, gradients } = setUp();
  const losses = Array.from({ length: 30 }, () => {
    network.forward(weights);
    const loss = network.loss(labels);
    network.backward(weights, gradients);
    descend(weights, gradients, 0.1);
    return loss;
  });
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
});

test('NaN reaches the loss and the gradients', () => {
  const { weights, network, gradients } = setUp();
  weights.hiddenBias[0] = NaN;
  network.forward(weights);
  expect(network.loss(labels)).toBeNaN();
  network.backward(weights, gradients);
  expect(gradients.outputWeights.some(Number.isNaN)).toBe(true);
});

test('large logits do not overflow', () => {
  const { weights, network } = setUp();
  weights.outputBias[3] = 1e6;
  network.forward(weights);
  expect(network.loss(labels)).toBeCloseTo((2 / 3) * 1e6, -1);
});

test.each([
  [1, 1, 1],
  [2, 4, 8],
  [3, 5, 7],
  [5, 10, 64],
  [4, 3, 2],
])('the product of %i x k and %i x k rows is that of the plain loop, k = %i', (m, n, k) => {
  const random = createRandom(m * 100 + n);
  const a = Float32Array.from({ length: m * k }, () => gaussian(random));
  const b = Float32Array.from({ length: n * k }, () => gaussian(random));
  const c = Float32Array.from({ length: m * n }, () => 1);
  addProduct(a, b, c, m, n, k);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 1;
      for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[j * k + p]!;
      expect(c[i * n + j]).toBeCloseTo(sum, 4);
    }
});
