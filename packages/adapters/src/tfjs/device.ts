import { abs, concat, div, max, maximum, pad, reshape, square, sum, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Filled } from '../buffers/columns.ts';
import type { Chunk, Layout } from './layout.ts';

/**
 * Of each row of the chunks: the largest |x|, and the sum of (|x| / largest)^p, which no float32 overflows or underflows.
 * A NaN shows in the sum, an infinite element in the maximum.
 */
export interface Reduced {
  readonly maxima: Tensor1D;
  readonly powers: Tensor1D;
}

/** The least divisor of a device: elements below it have no reciprocal in float32, and their maximum may be 0. */
export const TINY = 1e-37;
/** Float32 sums of more than this many terms in a row lose digits; sums of such sums do not. */
const BLOCK = 16;

/** The orders a device reduces; powers of others are not accurate there. */
export function isReducible(order: number): boolean {
  return order === 1 || order === 2 || order === Infinity;
}

/** The tensors of each chunk as a matrix, with a row for each unit. */
export function matricesOf(tensors: readonly Tensor[], chunks: readonly Chunk[]): readonly Tensor2D[] {
  return chunks.map(({ members, units }) => {
    const flat = joined(members.map((i) => reshape<Rank.R1>(tensors[i]!, [-1])));
    return units === 1 ? reshape<Rank.R2>(flat, [1, -1]) : transpose<Tensor2D>(reshape<Rank.R2>(flat, [-1, units]));
  });
}

/** Reduces on the device, and reads nothing. */
export function reduce(matrices: readonly Tensor2D[], order: number): Reduced {
  return tidy(() => {
    const parts = matrices.map((matrix) => reduceRows(matrix, order));
    return {
      maxima: joined(parts.map(({ maxima }) => maxima)),
      powers: joined(parts.map(({ powers }) => powers)),
    };
  });
}

export function joined(parts: readonly Tensor1D[]): Tensor1D {
  return parts.length === 1 ? parts[0]! : concat([...parts]);
}

function reduceRows(x: Tensor2D, order: number): Reduced {
  const size = abs(x);
  const maxima = max<Tensor1D>(size, 1);
  const share = div<Tensor2D>(size, reshape(maximum(maxima, TINY), [-1, 1]));
  return { maxima, powers: sumRows(order === 2 ? square(share) : share) };
}

/** The sum of each row, in short sums of short sums. */
export function sumRows(x: Tensor2D): Tensor1D {
  const [rows, length] = x.shape;
  if (length <= BLOCK) return sum(x, 1);
  const block = blockOf(length);
  const whole = block
    ? x
    : pad(x, [
        [0, 0],
        [0, BLOCK - (length % BLOCK)],
      ]);
  const sums = sum<Tensor1D>(reshape(whole, [-1, block ?? BLOCK]), 1);
  return sumRows(reshape(sums, [rows, -1]));
}

/** A length that rows can be cut into without a rest. */
function blockOf(length: number): number | undefined {
  for (let block = BLOCK; block >= BLOCK / 2; block--) if (length % block === 0) return block;
  return undefined;
}

/** Writes what a device has reduced into the columns. Returns whether everything was finite. */
export function fillReduced(columns: Filled, layout: Layout, maxima: Float32Array, powers: Float32Array): boolean {
  const { order, power, size, maxAbs } = columns;
  power.fill(0);
  maxAbs?.fill(0);
  layout.rows.forEach(({ first, units }, i) => size.fill(elements(layout, i) / units, first, first + units));
  let finite = true;
  let next = 0;
  for (const { first, units } of layout.chunks)
    for (let row = first; row < first + units; row++) {
      const top = maxima[next]!;
      const total = powers[next++]!;
      if (maxAbs) maxAbs[row] = top;
      if (!(top < Infinity && total < Infinity)) finite = false;
      else if (order === Infinity) power[row] = top;
      else if (top > 0) {
        // The power of two below the maximum: dividing by it is exact.
        const scale = 2 ** Math.floor(Math.log2(top));
        const unit = Math.max(top, TINY) / scale;
        power[row] = total * (order === 2 ? unit * unit : unit);
        (columns.scale ??= new Float64Array(power.length).fill(1))[row] = scale;
      }
    }
  return finite;
}

function elements({ shapes }: Layout, i: number): number {
  return shapes[i]!.reduce((product, length) => product * length, 1);
}
