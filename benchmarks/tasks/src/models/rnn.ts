import type { Random } from '@gradclip/example-compare/worker';
import { crossEntropy } from '../numerics/crossEntropy.ts';
import { fillGaussian } from '../numerics/draw.ts';
import { addProduct, addRows, fillRows, transpose } from '../numerics/product.ts';
import { tanh } from '../numerics/tanh.ts';

/**
 * A recurrent network that reads symbols and names a class at the end:
 *
 *     h(t) = tanh(E[symbol(t)] + W · h(t-1) + b)      h(-1) = 0
 *     p    = softmax(V · h(last) + c)
 */
export interface RnnShape {
  readonly steps: number;
  readonly symbols: number;
  readonly hidden: number;
  readonly classes: number;
}

export type RnnParameters = {
  readonly embedding: Float64Array; // symbols x hidden
  readonly hiddenWeights: Float64Array; // hidden x hidden
  readonly hiddenBias: Float64Array;
  readonly outputWeights: Float64Array; // classes x hidden
  readonly outputBias: Float64Array;
};

/** All weights from N(0, deviation²), biases 0. */
export function initialRnn(shape: RnnShape, deviation: number, random: Random): RnnParameters {
  const { symbols, hidden, classes } = shape;
  return {
    embedding: fillGaussian(new Float64Array(symbols * hidden), deviation, random),
    hiddenWeights: fillGaussian(new Float64Array(hidden * hidden), deviation, random),
    hiddenBias: new Float64Array(hidden),
    outputWeights: fillGaussian(new Float64Array(classes * hidden), deviation, random),
    outputBias: new Float64Array(classes),
  };
}

export interface Rnn {
  /** The sequences to read, time-major: symbol t of sequence i at `t * batch + i`. The caller fills it. */
  readonly input: Uint8Array;
  /** After `forward`: the logits, `batch` rows of `classes`; after `backward`: their gradient. */
  readonly output: Float64Array;
  forward(weights: RnnParameters): void;
  /** After `forward`: mean cross entropy; overwrites `gradients`, by backpropagation through time. */
  backward(weights: RnnParameters, gradients: RnnParameters, labels: ArrayLike<number>): number;
}

/** The working memory for batches of one size, made once. It holds no weights. */
export function createRnn({ steps, hidden, classes }: RnnShape, batch: number): Rnn {
  const rows = steps * batch;
  const block = batch * hidden;
  const input = new Uint8Array(rows);
  const output = new Float64Array(batch * classes);
  const states = new Float64Array((steps + 1) * block); // block 0 is the state before the first step: zeros
  const slopes = new Float64Array(rows * hidden); // gradient of what goes into the tanh
  const stateAt = Array.from({ length: steps + 1 }, (_, t) => states.subarray(t * block, (t + 1) * block));
  const slopeAt = Array.from({ length: steps }, (_, t) => slopes.subarray(t * block, (t + 1) * block));
  const last = stateAt[steps]!;

  // Transposed copies, so that every product below is an A·Bᵀ.
  const hiddenWeightsT = new Float64Array(hidden * hidden);
  const outputWeightsT = new Float64Array(hidden * classes);
  const outputT = new Float64Array(classes * batch);
  const lastT = new Float64Array(hidden * batch);
  const statesT = new Float64Array(hidden * rows);
  const slopesT = new Float64Array(hidden * rows);

  function forward({ embedding, hiddenWeights, hiddenBias, outputWeights, outputBias }: RnnParameters): void {
    for (let t = 0; t < steps; t++) {
      const state = stateAt[t + 1]!;
      for (let i = 0; i < batch; i++) {
        const from = input[t * batch + i]! * hidden;
        for (let j = 0; j < hidden; j++) state[i * hidden + j] = embedding[from + j]! + hiddenBias[j]!;
      }
      if (t > 0) addProduct(stateAt[t]!, hiddenWeights, state, batch, hidden, hidden);
      for (let i = 0; i < block; i++) state[i] = tanh(state[i]!);
    }
    fillRows(output, outputBias);
    addProduct(last, outputWeights, output, batch, classes, hidden);
  }

  function backward(weights: RnnParameters, gradients: RnnParameters, labels: ArrayLike<number>): number {
    for (const gradient of Object.values(gradients)) gradient.fill(0);
    const loss = crossEntropy(output, labels, classes);
    transpose(output, outputT, batch, classes);
    transpose(last, lastT, batch, hidden);
    addProduct(outputT, lastT, gradients.outputWeights, classes, hidden, batch);
    addRows(output, gradients.outputBias);

    transpose(weights.outputWeights, outputWeightsT, classes, hidden);
    transpose(weights.hiddenWeights, hiddenWeightsT, hidden, hidden);
    slopes.fill(0);
    addProduct(output, outputWeightsT, slopeAt[steps - 1]!, batch, hidden, classes);
    for (let t = steps - 1; t >= 0; t--) {
      const slope = slopeAt[t]!;
      const state = stateAt[t + 1]!;
      for (let i = 0; i < block; i++) slope[i]! *= 1 - state[i]! * state[i]!;
      for (let i = 0; i < batch; i++) {
        const to = input[t * batch + i]! * hidden;
        for (let j = 0; j < hidden; j++) gradients.embedding[to + j]! += slope[i * hidden + j]!;
      }
      if (t > 0) addProduct(slope, hiddenWeightsT, slopeAt[t - 1]!, batch, hidden, hidden);
    }

    // The weights are shared by all steps: one product over all rows sums their gradients.
    transpose(slopes, slopesT, rows, hidden);
    transpose(states.subarray(0, rows * hidden), statesT, rows, hidden);
    addProduct(slopesT, statesT, gradients.hiddenWeights, hidden, hidden, rows);
    addRows(slopes, gradients.hiddenBias);
    return loss;
  }

  return { input, output, forward, backward };
}
