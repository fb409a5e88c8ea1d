// Numbers as exact fractions n / 2^1074 of whole numbers: every finite double is one. Slow, and right.

export const ONE: bigint = 1n << 1074n;

/** The double as a whole number of the smallest double. */
export function exact(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const fraction = bits & ((1n << 52n) - 1n);
  const exponent = bits >> 52n;
  const magnitude = exponent === 0n ? fraction : (fraction + (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -magnitude : magnitude;
}

/** |a - b| / b as a double, for b > 0. */
export function relativeError(a: bigint, b: bigint): number {
  const difference = a > b ? a - b : b - a;
  return Number((difference << 80n) / b) * 2 ** -80;
}

/**
 * How far `norm` is from the p-norm of rows of powers and scales, relative: |norm^p - sum| / sum / p, without a root.
 * For p = 1/2 the norm is the square of the sum, and scales must be powers of four.
 */
export function normError(
  norm: number,
  power: ArrayLike<number>,
  scale: ArrayLike<number> | undefined,
  order: number,
): number {
  const rows = Array.from(power, (value, i) => [exact(value), exact(scale?.[i] ?? 1)] as const);
  if (order === 0.5) {
    const sum = rows.reduce((total, [value, factor]) => total + value * rootOfPowerOfFour(factor), 0n);
    const unit = ONE * ONE;
    return relativeError(exact(norm) * unit * unit, sum * sum * ONE);
  }
  const p = BigInt(order);
  // In units of 2^(-1074 (p + 1)): a power times its scale to the p.
  const sum = rows.reduce((total, [value, factor]) => total + value * factor ** p, 0n);
  return relativeError(exact(norm) ** p * ONE, sum) / order;
}

/** The root of s / ONE, in units of 1 / ONE. */
function rootOfPowerOfFour(scale: bigint): bigint {
  const exponent = scale.toString(2).length - 1 - 1074;
  if (exponent % 2) throw new Error('not a power of four');
  return 1n << BigInt(1074 + exponent / 2);
}
