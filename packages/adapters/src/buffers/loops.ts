import type { GradientBuffer } from './set.ts';

/** Pairwise from a block on, so that the relative error stays below 1e-14 however long the buffer is. */
export function sumOfSquares(a: GradientBuffer, from: number, to: number): number {
  if (to - from > 256) {
    const middle = (from + to) >> 1;
    return sumOfSquares(a, from, middle) + sumOfSquares(a, middle, to);
  }
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

export function isBad(x: number): boolean {
  return !Number.isFinite(x);
}

export function scale(a: GradientBuffer, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! *= factor;
}
