import type { Random } from '@gradclip/example-compare/worker';
import type { Machine } from './machines.ts';
import { sensors } from './machines.ts';
import { scale } from './scaling.ts';
import type { Scaling } from './scaling.ts';
import { cap, unknownLife, window } from './setting.ts';

/** Windows that end `stride` cycles apart, of all machines one after the other. */
export interface WindowSet {
  /** Scaled readings of each machine. */
  readonly readings: readonly Float32Array[];
  /** Which machine a window is of, and the cycle it begins with. */
  readonly machine: Uint16Array;
  readonly first: Uint16Array;
  /** Cycles left after its last one, at most `cap`, as a share of it: 0 to 1. */
  readonly remaining: Float32Array;
}

export function cutWindows(machines: readonly Machine[], scaling: Scaling, stride: number): WindowSet {
  const machine: number[] = [];
  const first: number[] = [];
  const remaining: number[] = [];
  machines.forEach(({ life }, which) => {
    for (let last = life - 1; last >= window - 1; last -= stride) {
      machine.push(which);
      first.push(last - window + 1);
      remaining.push(Math.min(life - 1 - last, cap) / cap);
    }
  });
  return {
    readings: machines.map((each) => scale(each, scaling)),
    machine: Uint16Array.from(machine),
    first: Uint16Array.from(first),
    remaining: Float32Array.from(remaining),
  };
}

/** Some windows, cycle by cycle: the reading of sensor s in cycle c of window w is at `(c * size + w) * sensors + s`. */
export interface Batch {
  readonly size: number;
  readonly inputs: Float32Array;
  readonly remaining: Float32Array;
  /** How many of them have a remaining life nobody knows. */
  readonly unknown: number;
}

export function collect(set: WindowSet, indices: ArrayLike<number>): Batch {
  const size = indices.length;
  const inputs = new Float32Array(window * size * sensors);
  const remaining = new Float32Array(size);
  for (let w = 0; w < size; w++) {
    const index = indices[w]!;
    remaining[w] = set.remaining[index]!;
    const readings = set.readings[set.machine[index]!]!;
    for (let cycle = 0; cycle < window; cycle++) {
      const from = (set.first[index]! + cycle) * sensors;
      inputs.set(readings.subarray(from, from + sensors), (cycle * size + w) * sensors);
    }
  }
  const unknown = remaining.filter((share) => share > 1).length;
  return { size, inputs, remaining, unknown };
}

/** Puts `unknownLife` in place of the remaining life of so many windows, as the export of a database would. */
export function forgetLives(set: WindowSet, count: number, random: Random): WindowSet {
  const remaining = set.remaining.slice();
  const forgotten = new Set<number>();
  while (forgotten.size < count) forgotten.add(Math.floor(random() * remaining.length));
  for (const index of forgotten) remaining[index] = unknownLife / cap;
  return { ...set, remaining };
}
