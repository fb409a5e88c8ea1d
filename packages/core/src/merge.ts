import { describe, GradclipError } from './errors.ts';
import { liftFor, powerOf } from './measurement.ts';
import type { Measurement } from './measurement.ts';

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
    if (shard.order !== order)
      throw mismatch(`orders ${order} and ${shard.order}`, 'Measure all shards with one plan.');
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
        throw mismatch(
          `${describe(name)} has ${units.get(name)} and ${count} units`,
          'Measure all shards by the same units.',
        );
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
