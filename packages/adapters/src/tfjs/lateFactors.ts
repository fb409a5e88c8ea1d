import {
  add,
  div,
  gather,
  greater,
  max,
  min,
  minimum,
  mul,
  onesLike,
  reshape,
  sqrt,
  square,
  stack,
  tensor1d,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { ClipBound, ClipForecast } from '@gradclip/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { below } from './apply.ts';
import { sumRows } from './device.ts';
import type { Reduced } from './device.ts';
import type { Layout } from './layout.ts';

/** The keys of a forecast, and which rows of the reduction each of them joins. */
export interface Keys {
  /** Of key k: the tensor and unit that name it, and its rows. */
  readonly list: readonly { readonly name: string; readonly unit: number; readonly rows: readonly number[] }[];
  /** Of tensor i: its first key, and how many it has: 1, or its units; undefined where it has no elements. */
  readonly of: readonly (readonly [first: number, count: number] | undefined)[];
}

export function keysOf({ rows, chunks }: Layout, forecast: ClipForecast): Keys {
  const known = new Map<string, number>();
  const list: { name: string; unit: number; rows: number[] }[] = [];
  const of: [number, number][] = [];
  let row = 0;
  for (const { members, units } of chunks)
    for (let unit = 0; unit < units; unit++, row++)
      for (const i of members) {
        const { name } = rows[i]!;
        const key = forecast.key(name, unit);
        const k = known.get(key) ?? list.push({ name, unit, rows: [] }) - 1;
        known.set(key, k);
        if (list[k]!.rows.at(-1) !== row) list[k]!.rows.push(row);
        of[i] ??= [k, 0];
        of[i][1] = k - of[i][0] + 1;
      }
  return { list, of: rows.map((_, i) => of[i]) };
}

/**
 * The factor of each key, computed on the device: `min(1, target / norm)` where the norm is above the threshold, else 1.
 * Everything is relative to a power of two near the largest element, so that no norm leaves the range of float32.
 */
export function factorsOf({ list }: Keys, reduced: Reduced, order: number, forecast: ClipForecast): Tensor1D {
  const bounds = list.map(({ name, unit }) => thresholdOf(forecast.bound(name, unit)));
  const { inverse, norm } = normsOf(list, reduced, order);
  // Thresholds may leave the range of float32, as norms may; so they come as a number in its middle and a power of two.
  const powers = bounds.map(([threshold]) => (threshold > 2 ** 64 ? 2 ** 64 : threshold < 2 ** -64 ? 2 ** -64 : 1));
  const power = tensor1d(powers);
  const perThreshold = tensor1d(bounds.map(([threshold], k) => powers[k]! / threshold));
  const target = tensor1d(bounds.map(([, value], k) => (value < Infinity ? below(value / powers[k]!) : 0)));
  const divisor = forecast.epsilon > 0 ? add(norm, mul(forecast.epsilon, inverse)) : norm;
  const factor = minimum(div(mul(mul(target, inverse), power), divisor), 1);
  // Subnormal factors have too few digits.
  const accurate = where(greater(factor, 2 ** -126), factor, zerosLike(factor));
  return where(greater(mul(norm, perThreshold), mul(inverse, power)), accurate, onesLike(factor)) as Tensor1D;
}

/** The norm of each key times a power of two, `inverse`. */
function normsOf(list: Keys['list'], reduced: Reduced, order: number): { inverse: Tensor; norm: Tensor } {
  const { maxima, inverses, powers } = reduced;
  const isOneToOne = list.every(({ rows }, k) => rows.length === 1 && rows[0] === k);
  if (isOneToOne) return { inverse: inverses, norm: rootOf(powers, mul(maxima, inverses), order) };
  const joint = list.map(({ rows }) => {
    const index = rows.length < maxima.size ? tensor1d([...rows], 'int32') : undefined;
    const own = (column: Tensor1D): Tensor1D => (index ? gather(column, index) : column);
    const inverse = min(own(inverses));
    const share = div(inverse, own(inverses));
    const sums = mul(own(powers), order === 2 ? square(share) : share);
    const total = reshape(sumRows(reshape(sums, [1, -1])), []);
    return { inverse, norm: rootOf(total, mul(max(own(maxima)), inverse), order) };
  });
  return { inverse: stack(joint.map(({ inverse }) => inverse)), norm: stack(joint.map(({ norm }) => norm)) };
}

function rootOf(power: Tensor, largest: Tensor, order: number): Tensor {
  if (order === Infinity) return largest;
  return order === 2 ? sqrt(power) : power;
}

function thresholdOf(bound: ClipBound): readonly [threshold: number, target: number] {
  if (typeof bound === 'number') return [bound, bound];
  return 'threshold' in bound ? [bound.threshold, bound.target] : [Infinity, Infinity];
}
