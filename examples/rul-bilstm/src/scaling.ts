import { regimes, sensors } from './machines.ts';
import type { Machine } from './machines.ts';

/** Centre and spread of each sensor under each load, at `regime * sensors + sensor`. */
export interface Scaling {
  readonly centre: Float64Array;
  readonly spread: Float64Array;
}

/**
 * Median and median absolute deviation (times 1.4826, which makes it the standard deviation of Gaussian noise): no
 * glitch moves them, whatever its size. Take them of the training machines alone.
 */
export function fitScaling(machines: readonly Machine[]): Scaling {
  const centre = new Float64Array(regimes * sensors);
  const spread = new Float64Array(regimes * sensors);
  for (let at = 0; at < centre.length; at++) {
    const values = readingsUnder(machines, Math.floor(at / sensors), at % sensors);
    const middle = median(values);
    centre[at] = middle;
    spread[at] = 1.4826 * median(values.map((value) => Math.abs(value - middle)));
  }
  return { centre, spread };
}

/** The readings of all cycles as distances from the centre, in spreads. */
export function scale({ readings, regime }: Machine, { centre, spread }: Scaling): Float32Array {
  return readings.map((reading, i) => {
    const at = regime[Math.floor(i / sensors)]! * sensors + (i % sensors);
    return (reading - centre[at]!) / spread[at]!;
  });
}

function readingsUnder(machines: readonly Machine[], wanted: number, sensor: number): Float64Array {
  const values: number[] = [];
  for (const { readings, regime } of machines)
    for (let cycle = 0; cycle < regime.length; cycle++)
      if (regime[cycle] === wanted) values.push(readings[cycle * sensors + sensor]!);
  return Float64Array.from(values);
}

/** The middle one of at least one value. */
function median(values: Float64Array): number {
  return values.toSorted()[values.length >> 1]!;
}
