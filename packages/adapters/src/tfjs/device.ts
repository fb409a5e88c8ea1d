import {
  abs,
  add,
  cast,
  clipByValue,
  concat,
  floor,
  gather,
  isFinite,
  log,
  max,
  maximum,
  mul,
  pad,
  reshape,
  slice,
  square,
  sum,
  tensor1d,
  tidy,
  transpose,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Filled } from '../buffers/columns.ts';
import type { Chunk, Layout } from './layout.ts';

/**
 * Of each row of the chunks: the largest |x|, a power of two near its reciprocal, and the sum of (|x| * that)^p, which no
 * float32 overflows or underflows. A NaN shows in the sum, an infinite element in the maximum.
 */
export interface Reduced {
  readonly maxima: Tensor1D;
  readonly inverses: Tensor1D;
  readonly powers: Tensor1D;
}

/** The columns of a reduction, in the order in which they are read back. */
export function partsOf({ maxima, inverses, powers }: Reduced): readonly Tensor1D[] {
  return [maxima, inverses, powers];
}

/** Of powers of two whose reciprocals are numbers of float32, too. */
const EXPONENT = 126;
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
    const sizes = matrices.map((matrix) => abs(matrix));
    const maxima = joined(sizes.map((size) => max<Tensor1D>(size, 1)));
    const inverses = inversesOf(maxima);
    let row = 0;
    const powers = sizes.map((size) => {
      const [rows] = size.shape;
      const share = mul<Tensor2D>(size, reshape(slice(inverses, row, rows), [rows, 1]));
      row += rows;
      return sumRows(order === 2 ? square(share) : share);
    });
    return { maxima, inverses, powers: joined(powers) };
  });
}

export function joined(parts: readonly Tensor1D[]): Tensor1D {
  return parts.length === 1 ? parts[0]! : concat([...parts]);
}

/**
 * For each maximum a power of two near its reciprocal: multiplying by one is exact, so sums of squares that are exact stay
 * so. It comes from a table, because a device's own powers are not exact.
 */
function inversesOf(maxima: Tensor1D): Tensor1D {
  const table = tensor1d(Array.from({ length: 2 * EXPONENT + 1 }, (_, i) => 2 ** (EXPONENT - i)));
  // 0 and bad elements get any.
  const exponents = mul(log(maximum(maxima, 2 ** -EXPONENT)), Math.LOG2E);
  const known = where(isFinite(exponents), exponents, zerosLike(exponents));
  return gather(table, cast(clipByValue(add(floor(known), EXPONENT), 0, 2 * EXPONENT), 'int32'));
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

/** What comes back of {@link Reduced}. */
export interface ReducedValues {
  readonly maxima: Float32Array;
  readonly inverses: Float32Array;
  readonly powers: Float32Array;
}

/** The parts of what was read back, one after the other. */
export type Reader = (count: number) => Float32Array;

export function createReader(values: Float32Array): Reader {
  let next = 0;
  return (count) => values.subarray(next, (next += count));
}

export function readReduced(read: Reader, { chunks }: Layout): ReducedValues {
  const rows = chunks.reduce((total, { units }) => total + units, 0);
  return { maxima: read(rows), inverses: read(rows), powers: read(rows) };
}

/** Writes what a device has reduced into the columns. Returns whether everything was finite. */
export function fillReduced(columns: Filled, layout: Layout, values: ReducedValues): boolean {
  const { order, power, size, maxAbs } = columns;
  const { maxima, inverses, powers } = values;
  const scale = (columns.scale ??= new Float64Array(power.length).fill(1));
  power.fill(0);
  maxAbs?.fill(0);
  layout.rows.forEach(({ first, units }, i) => size.fill(layout.sizes[i]! / units, first, first + units));
  let finite = true;
  let next = 0;
  for (const { first, units } of layout.chunks)
    for (let row = first; row < first + units; row++, next++) {
      const top = maxima[next]!;
      if (maxAbs) maxAbs[row] = top;
      if (!(top < Infinity && powers[next]! < Infinity)) finite = false;
      else if (order === Infinity) power[row] = top;
      else if (top > 0) {
        power[row] = powers[next]!;
        scale[row] = 1 / inverses[next]!;
      }
    }
  return finite;
}
