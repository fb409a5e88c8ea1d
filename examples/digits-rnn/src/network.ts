import { gaussian } from '@gradclip/example-compare/worker';
import type { Random } from '@gradclip/example-compare/worker';
import { addProduct, transpose } from './product.ts';

/**
 * A recurrent network that reads a sequence and names its class:
 *
 *     h(t) = relu(W_x · x(t) + W_h · h(t-1) + b_h)      h(-1) = 0
 *     p    = softmax(W_o · h(last) + b_o)
 *
 * Everything is a Float32Array, row by row. Sequences are stored time-major: row `t * batch + i` is step t of example i.
 */
export interface Shape {
  readonly steps: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly classes: number;
}

/** The parameters by name; gradients have the same shape. */
export type Parameters = {
  readonly inputWeights: Float32Array; // hidden x inputs
  readonly hiddenWeights: Float32Array; // hidden x hidden
  readonly hiddenBias: Float32Array;
  readonly outputWeights: Float32Array; // classes x hidden
  readonly outputBias: Float32Array;
};

export function createParameters({ inputs, hidden, classes }: Shape): Parameters {
  return {
    inputWeights: new Float32Array(hidden * inputs),
    hiddenWeights: new Float32Array(hidden * hidden),
    hiddenBias: new Float32Array(hidden),
    outputWeights: new Float32Array(classes * hidden),
    outputBias: new Float32Array(classes),
  };
}

/**
 * Weights to start from: inputs N(0, 0.3² / inputs), outputs N(0, 1 / hidden), recurrent weights 0.9 times the identity,
 * so that the first gradients neither vanish nor explode over the sequence; biases 0.
 */
export function initialWeights(shape: Shape, random: Random): Parameters {
  const { inputs, hidden } = shape;
  const weights = createParameters(shape);
  weights.inputWeights.forEach((_, i, w) => (w[i] = (0.3 / Math.sqrt(inputs)) * gaussian(random)));
  weights.outputWeights.forEach((_, i, w) => (w[i] = (1 / Math.sqrt(hidden)) * gaussian(random)));
  for (let i = 0; i < hidden; i++) weights.hiddenWeights[i * hidden + i] = 0.9;
  return weights;
}

export interface Network {
  readonly batch: number;
  /** The sequences to read, time-major: `steps * batch` rows of `inputs`. The caller fills it. */
  readonly input: Float32Array;
  /** After `forward`: `batch` rows of `classes`, the logits; after `loss` their gradient. */
  readonly output: Float32Array;
  forward(weights: Parameters): void;
  /** Mean cross entropy of the softmax over the batch; turns `output` into its gradient. */
  loss(labels: Uint8Array): number;
  /** Backpropagation through time: overwrites `gradients`. */
  backward(weights: Parameters, gradients: Parameters): void;
}

/** The working memory for batches of one size, made once. It holds no weights. */
export function createNetwork({ steps, inputs, hidden, classes }: Shape, batch: number): Network {
  const rows = steps * batch;
  const block = batch * hidden;
  const input = new Float32Array(rows * inputs);
  const output = new Float32Array(batch * classes);
  const states = new Float32Array((steps + 1) * block); // block 0 is the state before the first step: zeros
  const stateGradients = new Float32Array(rows * hidden); // of the values that go into the relu
  const stateAt = (t: number) => states.subarray((t + 1) * block, (t + 2) * block);
  const gradientAt = (t: number) => stateGradients.subarray(t * block, (t + 1) * block);
  const last = stateAt(steps - 1);

  // Transposed copies, so that every product below is an A·Bᵀ.
  const hiddenWeightsT = new Float32Array(hidden * hidden);
  const outputWeightsT = new Float32Array(hidden * classes);
  const outputT = new Float32Array(classes * batch);
  const lastT = new Float32Array(hidden * batch);
  const inputT = new Float32Array(inputs * rows);
  const statesT = new Float32Array(hidden * rows);
  const stateGradientsT = new Float32Array(hidden * rows);

  function forward(weights: Parameters): void {
    const current = states.subarray(block);
    fillRows(current, weights.hiddenBias);
    addProduct(input, weights.inputWeights, current, rows, hidden, inputs);
    for (let t = 0; t < steps; t++) {
      const state = stateAt(t);
      addProduct(stateAt(t - 1), weights.hiddenWeights, state, batch, hidden, hidden);
      for (let i = 0; i < block; i++) if (state[i]! < 0) state[i] = 0; // NaN goes through
    }
    fillRows(output, weights.outputBias);
    addProduct(last, weights.outputWeights, output, batch, classes, hidden);
  }

  function loss(labels: Uint8Array): number {
    let total = 0;
    for (let row = 0; row < batch; row++) {
      const logits = output.subarray(row * classes, (row + 1) * classes);
      const label = labels[row]!;
      let largest = -Infinity;
      for (const logit of logits) largest = Math.max(largest, logit);
      let sum = 0;
      for (const logit of logits) sum += Math.exp(logit - largest);
      total += Math.log(sum) + largest - logits[label]!;
      for (let c = 0; c < classes; c++)
        logits[c] = (Math.exp(logits[c]! - largest) / sum - (c === label ? 1 : 0)) / batch;
    }
    return total / batch;
  }

  function backward(weights: Parameters, gradients: Parameters): void {
    for (const gradient of Object.values(gradients)) gradient.fill(0);
    transpose(output, outputT, batch, classes);
    transpose(last, lastT, batch, hidden);
    addProduct(outputT, lastT, gradients.outputWeights, classes, hidden, batch);
    addRows(output, gradients.outputBias);

    // From the last step to the first: what reaches h(t) goes through the relu, and through W_h on to h(t-1).
    transpose(weights.outputWeights, outputWeightsT, classes, hidden);
    transpose(weights.hiddenWeights, hiddenWeightsT, hidden, hidden);
    stateGradients.fill(0);
    addProduct(output, outputWeightsT, gradientAt(steps - 1), batch, hidden, classes);
    for (let t = steps - 1; t >= 0; t--) {
      const gradient = gradientAt(t);
      const state = stateAt(t);
      for (let i = 0; i < block; i++) if (!(state[i]! > 0)) gradient[i] = 0;
      if (t > 0) addProduct(gradient, hiddenWeightsT, gradientAt(t - 1), batch, hidden, hidden);
    }

    // The weights are shared by all steps: one product over all rows sums their gradients.
    transpose(stateGradients, stateGradientsT, rows, hidden);
    transpose(states, statesT, rows, hidden); // the states that each step started from
    transpose(input, inputT, rows, inputs);
    addProduct(stateGradientsT, statesT, gradients.hiddenWeights, hidden, hidden, rows);
    addProduct(stateGradientsT, inputT, gradients.inputWeights, hidden, inputs, rows);
    addRows(stateGradients, gradients.hiddenBias);
  }

  return { batch, input, output, forward, loss, backward };
}

/** Plain stochastic gradient descent, in place. */
export function descend(weights: Parameters, gradients: Parameters, learningRate: number): void {
  for (const [name, weight] of Object.entries(weights)) {
    const gradient = gradients[name as keyof Parameters];
    for (let i = 0; i < weight.length; i++) weight[i]! -= learningRate * gradient[i]!;
  }
}

/** Writes `row` into every row of `matrix`. */
function fillRows(matrix: Float32Array, row: Float32Array): void {
  for (let start = 0; start < matrix.length; start += row.length) matrix.set(row, start);
}

/** Adds every row of `matrix` to `sum`. */
function addRows(matrix: Float32Array, sum: Float32Array): void {
  const totals = new Float64Array(sum.length);
  for (let i = 0; i < matrix.length; i++) totals[i % totals.length]! += matrix[i]!;
  totals.forEach((total, i) => (sum[i]! += total));
}
