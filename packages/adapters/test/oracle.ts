// Sums of powers in exact arithmetic: every finite double is an integer times a power of two.
import type { Measurement, MeasurePlan, Need, Scope } from '@gradclip/core';

/** mantissa * 2 ** exponent */
export interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const bits = new DataView(new ArrayBuffer(8));

export function exactly(x: number): Dyadic {
  if (!Number.isFinite(x)) throw new RangeError(`${x} is not finite`);
  bits.setFloat64(0, Math.abs(x));
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: x < 0 ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 };
}

export function times(a: Dyadic, b: Dyadic): Dyadic {
  return { mantissa: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent };
}

export function plus(a: Dyadic, b: Dyadic): Dyadic {
  const exponent = Math.min(a.exponent, b.exponent);
  const shifted = (x: Dyadic): bigint => x.mantissa << BigInt(x.exponent - exponent);
  return { mantissa: shifted(a) + shifted(b), exponent };
}

export function raised(a: Dyadic, power: number): Dyadic {
  return { mantissa: a.mantissa ** BigInt(power), exponent: a.exponent * power };
}

const ZERO: Dyadic = { mantissa: 0n, exponent: 0 };

/** The exact sum of |x|^p, p a whole number. */
export function exactPower(values: ArrayLike<number>, p: number): Dyadic {
  let sum = ZERO;
  for (let i = 0; i < values.length; i++) sum = plus(sum, raised(exactly(Math.abs(values[i]!)), p));
  return sum;
}

/** |a - b| / |b|, correct to 30 digits. 0 where both are 0. */
export function relativeError(a: Dyadic, b: Dyadic): number {
  if (b.mantissa === 0n) return a.mantissa === 0n ? 0 : Infinity;
  const exponent = Math.min(a.exponent, b.exponent);
  const [x, y] = [a.mantissa << BigInt(a.exponent - exponent), b.mantissa << BigInt(b.exponent - exponent)];
  const difference = x > y ? x - y : y - x;
  return Number((difference * 10n ** 30n) / (y < 0n ? -y : y)) / 1e30;
}

/** What a row of a measurement says the sum of powers is: power * scale^p. */
export function measuredPower(m: Measurement, row: number, p: number): Dyadic {
  return times(exactly(m.power[row]!), raised(exactly(m.scale?.[row] ?? 1), p));
}

export function planOf(
  order: number,
  scope: Scope | ((name: string) => Scope) = 'global',
  needs: readonly Need[] = [],
): MeasurePlan {
  return { order, needs: new Set(needs), scopeOf: typeof scope === 'function' ? scope : () => scope };
}

/** A small generator of numbers in [0, 1), the same for each run. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
