import type { GradientBuffer } from './set.ts';

// One copy of each loop serves both kinds of arrays. A program that mixes them pays half as much again in here, as it does
// in any loop that meets both.

/**
 * The sum of squares, to a relative error below 1e-14 however long the buffer is: a plain sum runs over 256 elements, 64
 * for each of four accumulators, and then joins a compensated one.
 */
export function sumOfSquares(a: GradientBuffer): number {
  let sum = 0;
  let lost = 0;
  for (let from = 0; from < a.length; from += 256) {
    const term = squares(a, from, Math.min(from + 256, a.length)) - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  return sum;
}

function squares(a: GradientBuffer, from: number, to: number): number {
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

/** Multiplies in float64, and rounds once. */
export function multiply(a: GradientBuffer, factor: number): void {
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    a[i]! *= factor;
    a[i + 1]! *= factor;
    a[i + 2]! *= factor;
    a[i + 3]! *= factor;
  }
  for (; i < a.length; i++) a[i]! *= factor;
}

export function isBad(x: number): boolean {
  return !Number.isFinite(x);
}
