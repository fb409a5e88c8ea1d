import type { Need, Scope } from './event.ts';

/** What an adapter has to measure: made by the clipper, the same object for its whole life. */
export interface MeasurePlan {
  /** p of the norm: 1, 2, any p > 0, Infinity. */
  readonly order: number;
  readonly needs: ReadonlySet<Need>;
  /** Only 'unit' asks for more than one row a tensor. Throws for a tensor no group matches. */
  scopeOf(name: string): Scope;
}

/**
 * The norms of one gradient, as columns: owned by the adapter and reused, valid until it measures again.
 * A row is a tensor, or a unit of one. Powers, sizes and maxima count finite elements only.
 */
export interface Measurement {
  readonly order: number;
  /** Tensors; the same array object while the set is unchanged. */
  readonly names: readonly string[];
  /** Rows offsets[i] to offsets[i+1]-1 are the units of names[i]; absent: one row a tensor. */
  readonly offsets?: Int32Array;
  /** Sum of |x / scale|^p, or the largest |x| for p = Infinity. */
  readonly power: Float64Array;
  /** Per row, powers of two; absent: 1. */
  readonly scale?: Float64Array;
  /** Elements. */
  readonly size: Float64Array;
  /** The rest only where the plan asks for it. */
  readonly maxAbs?: Float64Array;
  /** Sum of |w / weightScale|^p over the weights of the row, or the largest |w| for p = Infinity. */
  readonly weightPower?: Float64Array;
  /** Per row, powers of two; absent: 1. */
  readonly weightScale?: Float64Array;
  /** Elements that are NaN or infinite. */
  readonly nonFinite: number;
  readonly firstBad?: { readonly name: string; readonly index: number; readonly value: number };
  /** Still contained in the gradients: norms are divided by it. */
  readonly lossScale?: number;
}

/** Not `**` for p = 2, which is ten times slower. */
export function powerOf(value: number, order: number): number {
  return order === 2 ? value * value : value ** order;
}

/** The p-norm a sum of p-th powers stands for. */
export function rootOf(power: number, order: number): number {
  if (order === 2) return Math.sqrt(power);
  return order === 1 || order === Infinity ? power : power ** (1 / order);
}

/**
 * The joint norm of rows[from] to rows[to - 1], or of all rows. Compensated, so that 1e5 rows lose nothing.
 * Scales keep the sum in range; the norm itself is Infinity where it exceeds the largest number.
 */
export function jointNorm(
  power: Float64Array,
  scale: Float64Array | undefined,
  order: number,
  rows?: Int32Array,
  from: number = 0,
  to: number = rows ? rows.length : power.length,
): number {
  if (order === Infinity) return largestOf(power, rows, from, to);
  if (!scale && to - from === 1) return rootOf(power[rows ? rows[from]! : from]!, order);
  const top = scale ? topScale(power, scale, rows, from, to) : 1;
  const sum = sumOf(power, scale, order, rows, from, to, top);
  if (sum < Infinity) return top * rootOf(sum, order);
  // Where only the sum leaves the range, a larger scale brings it back.
  const larger = top * liftFor(order);
  if (larger === Infinity) return sum;
  return larger * rootOf(sumOf(power, scale, order, rows, from, to, larger), order);
}

/** A power of two whose p-th power is 2^32 or more, so that as many full rows can be added. */
export function liftFor(order: number): number {
  return 2 ** Math.ceil(32 / order);
}

/** Compensated sum of the powers of some rows, as multiples of `top ** order`. */
function sumOf(
  power: Float64Array,
  scale: Float64Array | undefined,
  order: number,
  rows: Int32Array | undefined,
  from: number,
  to: number,
  top: number,
): number {
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const row = rows ? rows[i]! : i;
    let term = power[row]!;
    // A row of zeros has any scale.
    if ((scale || top !== 1) && term > 0) term *= powerOf((scale ? scale[row]! : 1) / top, order);
    const next = sum + term;
    lost += sum >= term ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum < Infinity ? sum + lost : sum;
}

/** The largest scale that counts. Powers of two divide exactly, so only the sum is rounded. */
function topScale(
  power: Float64Array,
  scale: Float64Array,
  rows: Int32Array | undefined,
  from: number,
  to: number,
): number {
  let top = 0;
  for (let i = from; i < to; i++) {
    const row = rows ? rows[i]! : i;
    if (power[row]! > 0) top = Math.max(top, scale[row]!);
  }
  return top || 1;
}

/** The norm of a vector of norms; scaled only where their powers leave the range of numbers. */
export function normOfNorms(norms: Float64Array, order: number): number {
  let sum = 0;
  for (let i = 0; i < norms.length; i++) sum += powerOf(norms[i]!, order);
  if (order !== Infinity && sum > 1e-280 && sum < Infinity) return rootOf(sum, order);
  const top = largestOf(norms, undefined, 0, norms.length);
  if (order === Infinity || top === 0 || !Number.isFinite(top)) return top;
  sum = 0;
  for (const norm of norms) sum += powerOf(norm / top, order);
  return top * rootOf(sum, order);
}

/** The largest of some rows; NaN where one is. */
export function largestOf(values: Float64Array, rows: Int32Array | undefined, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, values[rows ? rows[i]! : i]!);
  return largest;
}
