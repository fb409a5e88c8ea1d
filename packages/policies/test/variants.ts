import { encode } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { decaying, fixed, movingAverage, percentile } from '../src/index.ts';

const records = ['raw', 'clipped', 'accepted'] as const;
const interpolations = ['linear', 'lower', 'higher', 'nearest', 'midpoint'] as const;
const made: (() => ClipPolicy)[] = [
  () => fixed(),
  () => fixed(Infinity),
  ...(['linear', 'cosine', 'exponential'] as const).map(
    (schedule) => () => decaying({ schedule, from: 5, to: 0.5, steps: 70 }),
  ),
  () => decaying({ schedule: 'step', from: 5, factor: 0.7, every: 20 }),
  () => decaying({ schedule: 'on-hits', from: 50, to: 0.5, factor: 0.7, rate: 0.2, window: 9 }),
  ...(['simple', 'exponential'] as const).flatMap((kind) =>
    records.flatMap((record) => [
      () => movingAverage({ kind, record, window: 7, decay: 0.9 }),
      () => movingAverage({ kind, record, window: 20, warmup: 0, multiple: 0.8, includeCurrent: true }),
    ]),
  ),
  () => movingAverage(),
  ...records.flatMap((record) => [
    ...[7, 1000, 30_000, Infinity].map((window) => () => percentile({ p: 70, window, record })),
    ...[7, 1000, 30_000, Infinity].map((window) => () => percentile({ p: 70, window, record, includeCurrent: true })),
  ]),
  ...interpolations.map((interpolation) => () => percentile({ p: 33, window: 20, interpolation })),
];

/** Every policy in every way it can work, each with a name for the list of tests. */
export const variants: [name: string, make: () => ClipPolicy][] = made.map((make) => {
  const { name, options } = make();
  return [`${name} ${encode(options!)}`, make];
});
