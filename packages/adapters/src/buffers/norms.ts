import type { GradientBuffer } from './set.ts';

/**
 * Elements a plain sum runs over before it joins a compensated one, 64 for each of four accumulators: the relative error
 * stays below 1e-14 however long the buffer is.
 */
const BLOCK = 256;

/** The sum of squares, by the quick way: to be trusted where {@link isTrue} says so. */
export function sumOfSquares(a: GradientBuffer, wide: boolean): number {
  const { length } = a;
  let sum = 0;
  let lost = 0;
  for (let from = 0; from < length; from += BLOCK) {
    const to = from + BLOCK < length ? from + BLOCK : length;
    const term = wide ? squares64(a as Float64Array, from, to) : squares32(a as Float32Array, from, to);
    const next = sum + term;
    lost += sum >= term ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

/**
 * Whether a quick sum lost nothing, and leaves room to be added to others. NaN and infinite elements make it NaN or
 * infinite. Squares of float32 numbers never leave the range of float64, and magnitudes never underflow.
 */
export function isTrue(power: number, wide: boolean, order: number): boolean {
  return power < 1e300 && (power > 1e-280 || order === 1 || (order === 2 && !wide));
}

// Written out for each kind of array: a loop that has met both kinds runs at half the speed.

function squares32(a: Float32Array, from: number, to: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    const x0 = a[i]!;
    const x1 = a[i + 1]!;
    const x2 = a[i + 2]!;
    const x3 = a[i + 3]!;
    s0 += x0 * x0;
    s1 += x1 * x1;
    s2 += x2 * x2;
    s3 += x3 * x3;
  }
  for (; i < to; i++) s0 += a[i]! * a[i]!;
  return s0 + s1 + (s2 + s3);
}

function squares64(a: Float64Array, from: number, to: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    const x0 = a[i]!;
    const x1 = a[i + 1]!;
    const x2 = a[i + 2]!;
    const x3 = a[i + 3]!;
    s0 += x0 * x0;
    s1 += x1 * x1;
    s2 += x2 * x2;
    s3 += x3 * x3;
  }
  for (; i < to; i++) s0 += a[i]! * a[i]!;
  return s0 + s1 + (s2 + s3);
}
