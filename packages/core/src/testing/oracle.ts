const FRACTION_BITS = 52;
const LOWEST_EXPONENT = -1074;

/**
 * The p-norm of finite numbers, from exact sums: slow, and right to the last bit or the one before, whatever the magnitudes.
 * Orders are whole numbers from 1 on, or Infinity.
 */
export function exactNorm(values: readonly number[], order: number): number {
  if (order === Infinity) return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const parts = values.filter((value) => value !== 0).map(toInteger);
  if (!parts.length) return 0;
  const unit = parts.reduce((smallest, { exponent }) => Math.min(smallest, exponent), Infinity);
  const p = BigInt(order);
  let sum = 0n;
  for (const { integer, exponent } of parts) sum += (integer << BigInt(exponent - unit)) ** p;
  // The root of a whole number is a whole number: shift first, so that it has 64 bits or more.
  const shift = Math.max(0, 64 - Math.floor(bitsOf(sum) / order));
  return toNumber(wholeRoot(sum << (p * BigInt(shift)), order), unit - shift);
}

/** |value| = integer · 2^exponent. */
function toInteger(value: number): { integer: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const fraction = bits & ((1n << BigInt(FRACTION_BITS)) - 1n);
  const biased = Number((bits >> BigInt(FRACTION_BITS)) & 0x7ffn);
  if (biased === 0) return { integer: fraction, exponent: LOWEST_EXPONENT };
  return { integer: fraction + (1n << BigInt(FRACTION_BITS)), exponent: biased - 1 + LOWEST_EXPONENT };
}

/** integer · 2^exponent, in steps that neither overflow nor underflow before the result does. */
function toNumber(integer: bigint, exponent: number): number {
  const dropped = Math.max(0, bitsOf(integer) - 128);
  const half = (exponent + dropped) >> 1;
  return Number(integer >> BigInt(dropped)) * 2 ** half * 2 ** (exponent + dropped - half);
}

/** The largest whole number whose power is at most n, by Newton's method from above. */
function wholeRoot(n: bigint, order: number): bigint {
  const p = BigInt(order);
  let root = 1n << BigInt(Math.ceil(bitsOf(n) / order));
  for (;;) {
    const next = ((p - 1n) * root + n / root ** (p - 1n)) / p;
    if (next >= root) return root;
    root = next;
  }
}

function bitsOf(n: bigint): number {
  return n.toString(16).length * 4;
}
