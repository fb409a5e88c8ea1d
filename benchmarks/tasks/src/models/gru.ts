import type { Random } from '@gradclip/example-compare/worker';
import { crossEntropy } from '../numerics/crossEntropy.ts';
import { fillGaussian, fillUniform } from '../numerics/draw.ts';
import { addProduct, addRows, fillRows, transpose } from '../numerics/product.ts';
import { sigmoid, tanh } from '../numerics/tanh.ts';

/**
 * A character model: from each symbol of a sequence to the next one.
 *
 *     x(t)          = W · E[symbol(t)] + b                       three parts: r, z and n
 *     u(t)          = U · h(t-1) + c                             likewise; h(-1) = 0
 *     r, z          = sigmoid(x + u)                             of their parts
 *     n             = tanh(x + r · u)
 *     h(t)          = (1 - z) · n + z · h(t-1)
 *     p             = softmax(V · h(t) + d)
 */
export interface GruShape {
  readonly steps: number;
  readonly symbols: number;
  readonly embedding: number;
  readonly hidden: number;
}

export type GruParameters = {
  readonly embedding: Float64Array; // symbols x embedding
  readonly inputWeights: Float64Array; // 3 hidden x embedding
  readonly inputBias: Float64Array;
  readonly hiddenWeights: Float64Array; // 3 hidden x hidden
  readonly hiddenBias: Float64Array;
  readonly outputWeights: Float64Array; // symbols x hidden
  readonly outputBias: Float64Array;
};

/** As PyTorch starts: the embedding from N(0, 1), everything else uniform up to 1 / sqrt(hidden). */
export function initialGru({ symbols, embedding, hidden }: GruShape, random: Random): GruParameters {
  const uniform = (length: number) => fillUniform(new Float64Array(length), 1 / Math.sqrt(hidden), random);
  return {
    embedding: fillGaussian(new Float64Array(symbols * embedding), 1, random),
    inputWeights: uniform(3 * hidden * embedding),
    inputBias: uniform(3 * hidden),
    hiddenWeights: uniform(3 * hidden * hidden),
    hiddenBias: uniform(3 * hidden),
    outputWeights: uniform(symbols * hidden),
    outputBias: uniform(symbols),
  };
}

export interface Gru {
  /** The sequences to read, time-major: symbol t of sequence i at `t * batch + i`. The caller fills both. */
  readonly input: Uint8Array;
  /** The symbols that follow, likewise. */
  readonly next: Uint8Array;
  /** Mean cross entropy in nats over all symbols. */
  forward(weights: GruParameters): number;
  /** After `forward`: overwrites `gradients`, by backpropagation through time. */
  backward(weights: GruParameters, gradients: GruParameters): void;
}

/** The working memory for batches of one size, made once. It holds no weights. */
export function createGru({ steps, symbols, embedding, hidden }: GruShape, batch: number): Gru {
  const rows = steps * batch;
  const width = 3 * hidden;
  const parts = (values: Float64Array, count: number, size: number): Float64Array[] =>
    Array.from({ length: count }, (_, t) => values.subarray(t * size, (t + 1) * size));
  const input = new Uint8Array(rows);
  const next = new Uint8Array(rows);
  const table = new Float64Array(symbols * width); // x of every symbol: there are fewer symbols than rows
  const tableSlopes = new Float64Array(symbols * width);
  const states = new Float64Array((steps + 1) * batch * hidden); // block 0 is zeros
  const gates = new Float64Array(rows * width); // r, z, n
  const hiddenParts = new Float64Array(rows * width); // u, then its gradient
  const output = new Float64Array(rows * symbols);
  const stateSlopes = new Float64Array((steps + 1) * batch * hidden);
  const stateAt = parts(states, steps + 1, batch * hidden);
  const stateSlopeAt = parts(stateSlopes, steps + 1, batch * hidden);
  const gatesAt = parts(gates, steps, batch * width);
  const hiddenPartAt = parts(hiddenParts, steps, batch * width);
  const after = states.subarray(batch * hidden);

  const hiddenWeightsT = new Float64Array(hidden * width);
  const outputWeightsT = new Float64Array(hidden * symbols);
  const statesT = new Float64Array(hidden * rows);
  const hiddenPartsT = new Float64Array(width * rows);
  const outputT = new Float64Array(symbols * rows);
  const inputWeightsT = new Float64Array(embedding * width);
  const embeddingT = new Float64Array(embedding * symbols);
  const tableSlopesT = new Float64Array(width * symbols);

  function forward(weights: GruParameters): number {
    fillRows(table, weights.inputBias);
    addProduct(weights.embedding, weights.inputWeights, table, symbols, width, embedding);
    fillRows(hiddenParts, weights.hiddenBias);
    for (let t = 0; t < steps; t++) {
      const before = stateAt[t]!;
      const state = stateAt[t + 1]!;
      const u = hiddenPartAt[t]!;
      const gate = gatesAt[t]!;
      if (t > 0) addProduct(before, weights.hiddenWeights, u, batch, width, hidden);
      for (let i = 0; i < batch; i++) {
        const x = input[t * batch + i]! * width;
        const at = i * width;
        for (let j = 0; j < hidden; j++) {
          const r = sigmoid(table[x + j]! + u[at + j]!);
          const z = sigmoid(table[x + hidden + j]! + u[at + hidden + j]!);
          const n = tanh(table[x + 2 * hidden + j]! + r * u[at + 2 * hidden + j]!);
          gate[at + j] = r;
          gate[at + hidden + j] = z;
          gate[at + 2 * hidden + j] = n;
          state[i * hidden + j] = n + z * (before[i * hidden + j]! - n);
        }
      }
    }
    fillRows(output, weights.outputBias);
    addProduct(after, weights.outputWeights, output, rows, symbols, hidden);
    return crossEntropy(output, next, symbols);
  }

  function backward(weights: GruParameters, gradients: GruParameters): void {
    for (const gradient of Object.values(gradients)) gradient.fill(0);
    transpose(output, outputT, rows, symbols);
    transpose(after, statesT, rows, hidden);
    addProduct(outputT, statesT, gradients.outputWeights, symbols, hidden, rows);
    addRows(output, gradients.outputBias);

    transpose(weights.outputWeights, outputWeightsT, symbols, hidden);
    transpose(weights.hiddenWeights, hiddenWeightsT, width, hidden);
    stateSlopes.fill(0);
    tableSlopes.fill(0);
    addProduct(output, outputWeightsT, stateSlopes.subarray(batch * hidden), rows, hidden, symbols);
    for (let t = steps - 1; t >= 0; t--) {
      gateSlopes(t);
      if (t > 0) addProduct(hiddenPartAt[t]!, hiddenWeightsT, stateSlopeAt[t]!, batch, hidden, width);
    }

    transpose(states.subarray(0, rows * hidden), statesT, rows, hidden);
    transpose(hiddenParts, hiddenPartsT, rows, width);
    addProduct(hiddenPartsT, statesT, gradients.hiddenWeights, width, hidden, rows);
    addRows(hiddenParts, gradients.hiddenBias);

    transpose(weights.inputWeights, inputWeightsT, width, embedding);
    transpose(weights.embedding, embeddingT, symbols, embedding);
    transpose(tableSlopes, tableSlopesT, symbols, width);
    addProduct(tableSlopes, inputWeightsT, gradients.embedding, symbols, embedding, width);
    addProduct(tableSlopesT, embeddingT, gradients.inputWeights, width, embedding, symbols);
    addRows(tableSlopes, gradients.inputBias);
  }

  /** From the gradient of h(t) to those of u(t), x(t), and of h(t-1) without the way through u. */
  function gateSlopes(t: number): void {
    const before = stateAt[t]!;
    const slope = stateSlopeAt[t + 1]!;
    const slopeBefore = stateSlopeAt[t]!;
    const u = hiddenPartAt[t]!;
    const gate = gatesAt[t]!;
    for (let i = 0; i < batch; i++) {
      const x = input[t * batch + i]! * width;
      const at = i * width;
      for (let j = 0; j < hidden; j++) {
        const r = gate[at + j]!;
        const z = gate[at + hidden + j]!;
        const n = gate[at + 2 * hidden + j]!;
        const dh = slope[i * hidden + j]!;
        const dn = dh * (1 - z) * (1 - n * n);
        const dz = dh * (before[i * hidden + j]! - n) * z * (1 - z);
        const dr = dn * u[at + 2 * hidden + j]! * r * (1 - r);
        slopeBefore[i * hidden + j]! += dh * z;
        u[at + j] = dr;
        u[at + hidden + j] = dz;
        u[at + 2 * hidden + j] = dn * r;
        tableSlopes[x + j]! += dr;
        tableSlopes[x + hidden + j]! += dz;
        tableSlopes[x + 2 * hidden + j]! += dn;
      }
    }
  }

  return { input, next, forward, backward };
}
