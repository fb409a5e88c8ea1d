import type { Axis } from '../task.ts';

/** The place of a value between two ends, in pixels; values beyond the axis are put on its border. NaN stays NaN. */
export type Scale = (value: number) => number;

export function scaleOf({ scale, from, to }: Axis, start: number, end: number): Scale {
  const transform = transforms[scale];
  const [low, high] = [transform(from), transform(to)];
  return (value) => {
    const inside = Math.min(Math.max(value, from), to);
    return start + ((transform(inside) - low) / (high - low)) * (end - start);
  };
}

/** The grid of thresholds is one of powers of ten. */
export function thresholdScale(thresholds: readonly number[], start: number, end: number): Scale {
  return scaleOf({ scale: 'log', from: Math.min(...thresholds), to: Math.max(...thresholds), ticks: [] }, start, end);
}

const transforms: Readonly<Record<Axis['scale'], (value: number) => number>> = {
  linear: (value) => value,
  log: Math.log,
  'near 0': (value) => Math.sign(value) * Math.log1p(Math.abs(value) / 0.01),
  'near 1': (value) => -Math.log(1 - value),
};
