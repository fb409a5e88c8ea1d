import type { Measurement } from '@gradclip/core';

/** What an adapter measures of one tensor at order 1, where the power is the norm; NaN stands for a bad element. */
export function measured(norm: number, name = 'w'): Measurement {
  const bad = Number.isNaN(norm);
  const [power, size] = [Float64Array.of(bad ? 0 : norm), Float64Array.of(1)];
  return { order: 1, names: [name], power, size, nonFinite: bad ? 1 : 0 };
}
