import { createGru, initialGru } from '../src/models/gru.ts';
import { createRnn, initialRnn } from '../src/models/rnn.ts';
import { zerosLike } from '../src/models/parameters.ts';
import type { Parameters } from '../src/models/parameters.ts';
import { below, fillGaussian, randomOf } from '../src/numerics/draw.ts';
import { createRegression } from '../src/tasks/regression.ts';
import { expect, test } from 'vitest';

const random = randomOf(1, 0);
const symbols = (values: Uint8Array, count: number) => values.forEach((_, i) => (values[i] = below(random, count)));

test('the recurrent network backpropagates what finite differences say', () => {
  const shape = { steps: 5, symbols: 4, hidden: 7, classes: 3 };
  const weights = initialRnn(shape, 0.7, random);
  const gradients = zerosLike(weights);
  const network = createRnn(shape, 3);
  const labels = Uint8Array.of(0, 2, 1);
  symbols(network.input, shape.symbols);
  const loss = () => {
    network.forward(weights);
    return network.backward(weights, zerosLike(weights), labels);
  };
  network.forward(weights);
  network.backward(weights, gradients, labels);
  expectGradients(weights, gradients, loss);
});

test('the character model backpropagates what finite differences say', () => {
  const shape = { steps: 5, symbols: 6, embedding: 3, hidden: 5 };
  const weights = initialGru(shape, random);
  for (const values of Object.values(weights)) fillGaussian(values, 0.6, random);
  const gradients = zerosLike(weights);
  const network = createGru(shape, 3);
  symbols(network.input, shape.symbols);
  symbols(network.next, shape.symbols);
  network.forward(weights);
  network.backward(weights, gradients);
  expectGradients(weights, gradients, () => network.forward(weights));
});

test('gradients are overwritten, not added to', () => {
  const shape = { steps: 4, symbols: 6, embedding: 3, hidden: 5 };
  const weights = initialGru(shape, random);
  const network = createGru(shape, 2);
  symbols(network.input, shape.symbols);
  const once = zerosLike(weights);
  const twice = zerosLike(weights);
  for (const [gradients, times] of [
    [once, 1],
    [twice, 2],
  ] as const)
    for (let i = 0; i < times; i++) {
      network.forward(weights);
      network.backward(weights, gradients);
    }
  expect(twice).toEqual(once);
});

test('the regression is in units of its scale', () => {
  const [small, large] = [createRegression(3), createRegression(3)];
  for (let step = 0; step < 20; step++) {
    small.gradient(1);
    large.gradient(2 ** 20);
    expect(large.gradients).toEqual(small.gradients.map((g) => g * 2 ** 20));
    small.descend();
    large.descend();
  }
  expect(large.error(2 ** 20)).toBe(small.error(1));
});

/** Central differences of every weight; those of the networks here are exact to about 1e-8. */
function expectGradients(weights: Parameters, gradients: Parameters, loss: () => number): void {
  const step = 1e-4;
  for (const [name, values] of Object.entries(weights))
    values.forEach((value, i) => {
      values[i] = value + step;
      const above = loss();
      values[i] = value - step;
      const difference = (above - loss()) / (2 * step);
      values[i] = value;
      expect(gradients[name]![i], `${name}[${i}]`).toBeCloseTo(difference, 6);
    });
}
