// What is read of a double: its exponent, and the double again with another one. All operations below are those that IEEE 754
// rounds to the nearest, so the result is the same on every engine; Math.log is not.
const bits = new DataView(new ArrayBuffer(8));

/** The exponent of two and the rest, which is in [1, 2): `value = rest * 2 ** exponent`, for every positive double. */
function exponentOf(value: number): number {
  bits.setFloat64(0, value);
  return (bits.getUint16(0) >>> 4) - 1023; // the sign is 0
}

function restOf(): number {
  bits.setUint16(0, (bits.getUint16(0) & 0xf) | 0x3ff0);
  return bits.getFloat64(0);
}

const SUBNORMAL = 2 ** -1022;

/**
 * ln(a / b) for positive finite numbers, to about 1e-15 of its size or of 1, whichever is larger. Multiplying both by a
 * power of two changes no bit of it, and nothing overflows.
 */
export function logRatio(a: number, b: number): number {
  let exponent = 0;
  if (a < SUBNORMAL) {
    a *= 2 ** 54;
    exponent -= 54;
  }
  if (b < SUBNORMAL) {
    b *= 2 ** 54;
    exponent += 54;
  }
  exponent += exponentOf(a);
  const restA = restOf();
  exponent -= exponentOf(b);
  let ratio = restA / restOf(); // in (1/2, 2)
  if (ratio > 1.5) {
    ratio /= 2;
    exponent++;
  } else if (ratio < 0.75) {
    ratio *= 2;
    exponent--;
  }
  // ln(ratio) = 2 artanh(s), |s| <= 1/5
  const s = (ratio - 1) / (ratio + 1);
  const q = s * s;
  // oxfmt-ignore
  const series = 1 + q * (1/3 + q * (1/5 + q * (1/7 + q * (1/9 + q * (1/11 + q * (1/13 + q * (1/15 + q * (1/17 + q * (1/19 + q * (1/21))))))))));
  return exponent * Math.LN2 + 2 * s * series;
}
