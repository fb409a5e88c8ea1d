import { describe, GradclipError } from './errors.ts';
import type { Need, Scope } from './event.ts';

/** What an adapter has to measure: made by the clipper, the same object for its whole life. */
export interface MeasurePlan {
  /** p of the norm: 1, 2, any p > 0, Infinity. */
  readonly order: number;
  readonly needs: ReadonlySet<Need>;
  /** Only 'unit' asks for more than one row a tensor. Throws for a tensor no group matches. */
  scopeOf(name: string): Scope;
}

/**
 * The norms of one gradient, as columns: owned by the adapter and reused, valid until it measures again.
 * A row is a tensor, or a unit of one. Powers, sizes and maxima count finite elements only.
 */
export interface Measurement {
  readonly order: number;
  /** Tensors; the same array object while the set is unchanged. */
  readonly names: readonly string[];
  /** Rows offsets[i] to offsets[i+1]-1 are the units of names[i]; absent: one row a tensor. */
  readonly offsets?: Int32Array;
  /** Sum of |x / scale|^p, or the largest |x| for p = Infinity. */
  readonly power: Float64Array;
  /** Per row, powers of two; absent: 1. */
  readonly scale?: Float64Array;
  /** Elements. */
  readonly size: Float64Array;
  /** The rest only where the plan asks for it. */
  readonly maxAbs?: Float64Array;
  /** Sum of |w / weightScale|^p over the weights of the row, or the largest |w| for p = Infinity. */
  readonly weightPower?: Float64Array;
  /** Per row, powers of two; absent: 1. */
  readonly weightScale?: Float64Array;
  /** Elements that are NaN or infinite. */
  readonly nonFinite: number;
  readonly firstBad?: { readonly name: string; readonly index: number; readonly value: number };
  /** Still contained in the gradients: norms are divided by it. */
  readonly lossScale?: number;
}

/** Not `**` for p = 2, which is ten times slower. */
function powerOf(value: number, order: number): number {
  return order === 2 ? value * value : value ** order;
}

/** The p-norm a sum of p-th powers stands for. */
export function rootOf(power: number, order: number): number {
  if (order === 2) return Math.sqrt(power);
  return order === 1 || order === Infinity ? power : power ** (1 / order);
}

/**
 * The joint norm of rows[from] to rows[to - 1], or of all rows. Compensated, so that 1e5 rows lose nothing.
 * Scales keep the sum in range; the norm itself is Infinity where it exceeds the largest number.
 */
export function jointNorm(
  power: Float64Array,
  scale: Float64Array | undefined,
  order: number,
  rows?: Int32Array,
  from: number = 0,
  to: number = rows ? rows.length : power.length,
): number {
  if (order === Infinity) return largestOf(power, rows, from, to);
  const top = scale ? topScale(power, scale, rows, from, to) : 1;
  const sum = sumOf(power, scale, order, rows, from, to, top);
  if (sum < Infinity) return top * rootOf(sum, order);
  // Where only the sum leaves the range, a larger scale brings it back.
  const larger = top * liftFor(order);
  if (larger === Infinity) return sum;
  return larger * rootOf(sumOf(power, scale, order, rows, from, to, larger), order);
}

/** A power of two whose p-th power is 2^32 or more, so that as many full rows can be added. */
function liftFor(order: number): number {
  return 2 ** Math.ceil(32 / order);
}

/** Compensated sum of the powers of some rows, as multiples of `top ** order`. */
function sumOf(
  power: Float64Array,
  scale: Float64Array | undefined,
  order: number,
  rows: Int32Array | undefined,
  from: number,
  to: number,
  top: number,
): number {
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const row = rows ? rows[i]! : i;
    let term = power[row]!;
    // A row of zeros has any scale.
    if ((scale || top !== 1) && term > 0) term *= powerOf((scale ? scale[row]! : 1) / top, order);
    const next = sum + term;
    lost += sum >= term ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum < Infinity ? sum + lost : sum;
}

/** The largest scale that counts. Powers of two divide exactly, so only the sum is rounded. */
function topScale(
  power: Float64Array,
  scale: Float64Array,
  rows: Int32Array | undefined,
  from: number,
  to: number,
): number {
  let top = 0;
  for (let i = from; i < to; i++) {
    const row = rows ? rows[i]! : i;
    if (power[row]! > 0) top = Math.max(top, scale[row]!);
  }
  return top || 1;
}

/** The norm of a vector of norms; scaled only where their powers leave the range of numbers. */
export function normOfNorms(norms: Float64Array, order: number): number {
  let sum = 0;
  for (let i = 0; i < norms.length; i++) sum += powerOf(norms[i]!, order);
  if (order !== Infinity && sum > 1e-280 && sum < Infinity) return rootOf(sum, order);
  const top = largestOf(norms, undefined, 0, norms.length);
  if (order === Infinity || top === 0 || !Number.isFinite(top)) return top;
  sum = 0;
  for (const norm of norms) sum += powerOf(norm / top, order);
  return top * rootOf(sum, order);
}

/** The largest of some rows; NaN where one is. */
export function largestOf(values: Float64Array, rows: Int32Array | undefined, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, values[rows ? rows[i]! : i]!);
  return largest;
}

/**
 * Joins disjoint shards of one gradient, in rank order, rows by name and unit. Not for micro-batches: the norm of a sum
 * is not the sum of norms.
 * @throws GradclipError MERGE_MISMATCH where order, loss scale, units or columns differ.
 */
export function mergeMeasurements(shards: readonly Measurement[]): Measurement {
  const first = shards[0];
  if (!first) throw mismatch('no shard was given', 'Give at least one measurement.');
  const { order, lossScale } = first;
  for (const shard of shards) {
    if (shard.order !== order) throw mismatch(`orders ${order} and ${shard.order}`, 'Measure all shards with one plan.');
    if ((shard.lossScale ?? 1) !== (lossScale ?? 1))
      throw mismatch(`loss scales ${lossScale ?? 1} and ${shard.lossScale ?? 1}`, 'Use one loss scale a step.');
  }
  const units = unitsByName(shards);
  const names = [...units.keys()];
  const offsets = new Int32Array(names.length + 1);
  names.forEach((name, i) => (offsets[i + 1] = offsets[i]! + units.get(name)!));
  const start = new Map(names.map((name, i) => [name, offsets[i]!]));
  const rows = offsets[names.length]!;
  const place = (shard: Measurement): Int32Array => {
    const target = new Int32Array(shard.power.length);
    shard.names.forEach((name, i) => {
      const from = shard.offsets ? shard.offsets[i]! : i;
      for (let unit = 0; unit < units.get(name)!; unit++) target[from + unit] = start.get(name)! + unit;
    });
    return target;
  };
  const targets = shards.map(place);
  const power = joinPowers(shards, targets, rows, order, 'power', 'scale');
  const weight = shards.some((shard) => shard.weightPower)
    ? joinPowers(shards, targets, rows, order, 'weightPower', 'weightScale')
    : undefined;
  const bad = shards.find((shard) => shard.firstBad)?.firstBad;
  return {
    order,
    names,
    ...(shards.some((shard) => shard.offsets) && { offsets }),
    power: power.power,
    ...(power.scale && { scale: power.scale }),
    size: joinColumn(shards, targets, rows, 'size', (a, b) => a + b),
    ...(shards.some((shard) => shard.maxAbs) && { maxAbs: joinColumn(shards, targets, rows, 'maxAbs', Math.max) }),
    ...(weight && { weightPower: weight.power }),
    ...(weight?.scale && { weightScale: weight.scale }),
    nonFinite: shards.reduce((sum, shard) => sum + shard.nonFinite, 0),
    ...(bad && { firstBad: bad }),
    ...(lossScale !== undefined && { lossScale }),
  };
}

function unitsByName(shards: readonly Measurement[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { names, offsets } of shards) {
    names.forEach((name, i) => {
      const count = offsets ? offsets[i + 1]! - offsets[i]! : 1;
      if ((units.get(name) ?? count) !== count)
        throw mismatch(`${describe(name)} has ${units.get(name)} and ${count} units`, 'Measure all shards by the same units.');
      units.set(name, count);
    });
  }
  return units;
}

function column(shard: Measurement, name: 'power' | 'size' | 'maxAbs' | 'weightPower'): Float64Array {
  const values = shard[name];
  if (!values) throw mismatch(`a shard without ${name}`, 'Measure all shards with one plan.');
  return values;
}

function joinColumn(
  shards: readonly Measurement[],
  targets: readonly Int32Array[],
  rows: number,
  name: 'size' | 'maxAbs',
  join: (a: number, b: number) => number,
): Float64Array {
  const joined = new Float64Array(rows);
  shards.forEach((shard, s) => {
    const values = column(shard, name);
    targets[s]!.forEach((target, row) => (joined[target] = join(joined[target]!, values[row]!)));
  });
  return joined;
}

function joinPowers(
  shards: readonly Measurement[],
  targets: readonly Int32Array[],
  rows: number,
  order: number,
  power: 'power' | 'weightPower',
  scale: 'scale' | 'weightScale',
): { power: Float64Array; scale?: Float64Array } {
  const top = new Float64Array(rows);
  const each = (visit: (target: number, value: number, scale: number) => void): void =>
    shards.forEach((shard, s) => {
      const values = column(shard, power);
      targets[s]!.forEach((target, row) => visit(target, values[row]!, shard[scale]?.[row] ?? 1));
    });
  each((target, value, own) => {
    if (value > 0) top[target] = Math.max(top[target]!, own);
  });
  const add = (): Float64Array => {
    const sum = new Float64Array(rows);
    each((target, value, own) => {
      if (order === Infinity) sum[target] = Math.max(sum[target]!, value);
      else if (value > 0) sum[target]! += value * powerOf(own / top[target]!, order);
      else sum[target]! += value;
    });
    return sum;
  };
  let sum = add();
  if (order !== Infinity && sum.includes(Infinity)) {
    top.forEach((value, row) => (top[row] = value * liftFor(order)));
    sum = add();
  }
  top.forEach((value, row) => (top[row] = value || 1));
  return order === Infinity || top.every((value) => value === 1) ? { power: sum } : { power: sum, scale: top };
}

function mismatch(what: string, advice: string): GradclipError {
  return new GradclipError('MERGE_MISMATCH', `These measurements do not join: ${what}.`, { advice });
}
