import { createClipper, definePolicy } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import { sideBySide } from './sideBySide.ts';
import type { Timing } from './sideBySide.ts';

const TENSORS = 100;
const UNITS = 1000;

/** Decisions of an AGC-like rule, threshold = 0.2 max(|w|, 0.001), at unit scope with 1e5 keys; nanoseconds a key. */
export async function units(): Promise<readonly Timing[]> {
  const keys = TENSORS * UNITS;
  const names = Array.from({ length: TENSORS }, (_, i) => `tensor${i}`);
  const measurement: Measurement = {
    order: 2,
    names,
    offsets: Int32Array.from({ length: TENSORS + 1 }, (_, i) => i * UNITS),
    power: Float64Array.from({ length: keys }, (_, i) => 1 + (i % 7)),
    size: new Float64Array(keys).fill(10),
    weightPower: new Float64Array(keys).fill(100),
    nonFinite: 0,
  };
  const clipper = createClipper(
    definePolicy({
      name: 'agc-like',
      scope: 'unit',
      needs: ['weightNorm'],
      init: () => null,
      decide: (_, { weightNorm }) => [0.2 * Math.max(weightNorm!, 1e-3), null],
    }),
  );
  const bare = (calls: number): number => {
    let clipped = 0;
    for (let call = 0; call < calls; call++)
      for (let i = 0; i < keys; i++) {
        const limit = 0.2 * Math.max(Math.sqrt(measurement.weightPower![i]!), 1e-3);
        if (Math.sqrt(measurement.power[i]!) > limit) clipped++;
      }
    return clipped;
  };
  const decide = (calls: number): unknown => {
    let last: unknown;
    for (let i = 0; i < calls; i++) last = clipper.decide(measurement);
    return last;
  };
  const timings = await sideBySide([
    { name: 'bare arithmetic', run: bare },
    { name: 'clipper.decide, 1e5 keys', run: decide },
  ]);
  return timings.map((timing) => ({ ...timing, ns: timing.ns / keys }));
}
