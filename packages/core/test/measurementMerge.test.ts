import { createClipper, mergeMeasurements } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jointNorm } from '../src/measurement.ts';
import { SEED } from './support/arbitraries.ts';
import { codeOf, errorOf } from './support/errors.ts';
import { normError } from './support/exact.ts';

/** A shard of tensors with one row each, or with rows by unit. */
function shard(rows: Record<string, number[]>, more: Partial<Measurement> = {}, units = false): Measurement {
  const names = Object.keys(rows);
  const power = Float64Array.from(names.flatMap((name) => rows[name]!));
  const offsets = Int32Array.from([
    0,
    ...names.map((_, i) => names.slice(0, i + 1).flatMap((name) => rows[name]!).length),
  ]);
  return { order: 2, names, ...(units && { offsets }), power, size: power.map(() => 1), nonFinite: 0, ...more };
}

const list = (values: Float64Array | undefined): number[] | undefined => values && [...values];

describe('merging', () => {
  test('adds up rows by name, in the order of the ranks', () => {
    const merged = mergeMeasurements([shard({ a: [1], b: [2] }), shard({ c: [4], a: [8] }), shard({ b: [16] })]);
    expect(merged.names).toEqual(['a', 'b', 'c']);
    expect(list(merged.power)).toEqual([9, 18, 4]);
    expect(list(merged.size)).toEqual([2, 2, 1]);
    expect(merged).not.toHaveProperty('offsets');
    expect(merged).not.toHaveProperty('scale');
    expect(merged).not.toHaveProperty('lossScale');
  });

  test('adds up rows by unit', () => {
    const merged = mergeMeasurements([
      shard({ a: [1, 2, 3], b: [4] }, {}, true),
      shard({ b: [8] }),
      shard({ c: [5, 5], a: [10, 20, 30] }, {}, true),
    ]);
    expect(merged.names).toEqual(['a', 'b', 'c']);
    expect([...merged.offsets!]).toEqual([0, 3, 4, 6]);
    expect(list(merged.power)).toEqual([11, 22, 33, 12, 5, 5]);
  });

  test('of one shard is that shard', () => {
    const one = shard({ a: [1, 2], b: [3] }, { maxAbs: Float64Array.of(1, 1, 3), lossScale: 8 }, true);
    expect(mergeMeasurements([one])).toEqual(one);
  });

  test('of order Infinity takes the larger, as it does with the largest elements', () => {
    const merged = mergeMeasurements([
      shard({ a: [3], b: [1] }, { order: Infinity, maxAbs: Float64Array.of(3, 1) }),
      shard({ a: [2], b: [7] }, { order: Infinity, maxAbs: Float64Array.of(2, 7) }),
    ]);
    expect(list(merged.power)).toEqual([3, 7]);
    expect(list(merged.maxAbs)).toEqual([3, 7]);
  });

  test('adds up the weights, with scales of their own', () => {
    const merged = mergeMeasurements([
      shard({ a: [1] }, { weightPower: Float64Array.of(9), weightScale: Float64Array.of(2 ** 600) }),
      shard({ a: [1] }, { weightPower: Float64Array.of(16), weightScale: Float64Array.of(2 ** 600) }),
    ]);
    expect(list(merged.weightPower)).toEqual([25]);
    expect(list(merged.weightScale)).toEqual([2 ** 600]);
    expect(merged).not.toHaveProperty('scale');
  });

  test('brings rows of different scales to the larger one', () => {
    const merged = mergeMeasurements([
      shard({ a: [4], b: [0] }, { scale: Float64Array.of(2, 2 ** 900) }),
      shard({ a: [1], b: [9] }), // without scales: 1
      shard({ a: [2], b: [7] }, { scale: Float64Array.of(4, 1) }),
    ]);
    expect(list(merged.scale)).toEqual([4, 1]); // b's zeros do not set its scale
    expect(list(merged.power)).toEqual([4 / 4 + 1 / 16 + 2, 16]);
  });

  test('of rows of zeros and of very small numbers is not disturbed by the zeros', () => {
    const merged = mergeMeasurements([shard({ a: [0] }), shard({ a: [16] }, { scale: Float64Array.of(2 ** -600) })]);
    expect(list(merged.power)).toEqual([16]);
    expect(jointNorm(merged.power, merged.scale, 2)).toBe(4 * 2 ** -600);
  });

  test('does not overflow where only the sum of the powers does', () => {
    const one = shard({ a: [2 ** 1023], b: [1] });
    const { power, scale } = mergeMeasurements([one, one, one, one]);
    expect(jointNorm(power, scale, 2, Int32Array.of(0))).toBe(Math.SQRT2 * 2 ** 512); // sqrt(4 * 2^1023)
    expect(jointNorm(power, scale, 2, Int32Array.of(1))).toBe(2); // sqrt(4)
  });

  test('counts the bad elements of all, and names the first by rank', () => {
    const bad = (name: string) => ({ name, index: 3, value: NaN });
    const merged = mergeMeasurements([
      shard({ a: [1] }),
      shard({ a: [1] }, { nonFinite: 2, firstBad: bad('second') }),
      shard({ a: [1] }, { nonFinite: 1, firstBad: bad('third') }),
    ]);
    expect(merged.nonFinite).toBe(3);
    expect(merged.firstBad).toEqual(bad('second'));
    const clipper = createClipper(1);
    clipper.alerts$.subscribe();
    expect(clipper.decide(merged)).toMatchObject({ action: 'skip', reason: expect.stringContaining('second[3]') });
  });

  test('does not change the shards', () => {
    const shards = [shard({ a: [1], b: [2] }), shard({ b: [3] }, { scale: Float64Array.of(2) })];
    const before = structuredClone(shards);
    mergeMeasurements(shards);
    expect(shards).toEqual(before);
  });

  test('keeps the loss scale, of which 1 is none', () => {
    expect(
      mergeMeasurements([shard({ a: [1] }, { lossScale: 8 }), shard({ a: [1] }, { lossScale: 8 })]).lossScale,
    ).toBe(8);
    expect(
      jointNorm(mergeMeasurements([shard({ a: [1] }), shard({ a: [8] }, { lossScale: 1 })]).power, undefined, 2),
    ).toBe(3);
  });
});

describe('merging refuses', () => {
  test.each<[what: string, shards: Measurement[], named: string]>([
    ['no shard', [], 'no shard'],
    ['two orders', [shard({ a: [1] }), shard({ a: [1] }, { order: 1 })], 'orders 2 and 1'],
    ['two loss scales', [shard({ a: [1] }), shard({ a: [1] }, { lossScale: 2 })], 'loss scales 1 and 2'],
    ['other units', [shard({ a: [1, 1] }, {}, true), shard({ a: [1, 1, 1] }, {}, true)], '"a" has 2 and 3 units'],
    ['units beside none', [shard({ a: [1] }), shard({ a: [1, 1] }, {}, true)], '"a" has 1 and 2 units'],
    [
      'a largest element in some shards only',
      [shard({ a: [1] }, { maxAbs: Float64Array.of(1) }), shard({ a: [1] })],
      'maxAbs',
    ],
    [
      'weights in some shards only',
      [shard({ a: [1] }), shard({ a: [1] }, { weightPower: Float64Array.of(1) })],
      'weightPower',
    ],
  ])('%s', (_what, shards, named) => {
    expect(errorOf(() => mergeMeasurements(shards)).message).toContain(named);
    expect(codeOf(() => mergeMeasurements(shards.toReversed()))).toBe('MERGE_MISMATCH');
  });
});

describe('a gradient in shards', () => {
  const someElement = fc.double({ min: -1e5, max: 1e5, noNaN: true }).map((x) => (Math.abs(x) < 1e-30 ? 0 : x));
  const someScale = fc.integer({ min: -40, max: 40 }).map((exponent) => 4 ** exponent);
  const someOrder = fc.constantFrom(1, 2, 3, 0.5, Infinity);
  /** Elements of three tensors, each on some rank, measured there with some scale. */
  const someShards = fc.array(
    fc.record({
      values: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), someElement), { maxLength: 20 }),
      scale: fc.option(someScale),
    }),
    { minLength: 1, maxLength: 8 },
  );
  type Shards = typeof someShards extends fc.Arbitrary<infer T> ? T : never;

  const measure = (shards: Shards, order: number): Measurement[] =>
    shards.map(({ values, scale }) => {
      const names = [...new Set(values.map(([name]) => name))];
      const rows = names.map((name) => values.flatMap(([owner, value]) => (owner === name ? [Math.abs(value)] : [])));
      const unit = scale ?? 1;
      const power = rows.map((row) =>
        order === Infinity ? Math.max(...row) : row.reduce((sum, value) => sum + (value / unit) ** order, 0),
      );
      return {
        order,
        names,
        power: Float64Array.from(power),
        ...(scale !== null && { scale: new Float64Array(names.length).fill(scale) }),
        size: Float64Array.from(rows, (row) => row.length),
        maxAbs: Float64Array.from(rows, (row) => Math.max(...row)),
        nonFinite: 0,
      };
    });
  const normOf = ({ power, scale, order }: Measurement): number => jointNorm(power, scale, order);
  const close = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(b * 1e-14);

  test('has the norm of the whole, to 1e-14', () => {
    fc.assert(
      fc.property(someShards, someOrder, (shards, order) => {
        const merged = mergeMeasurements(measure(shards, order));
        const whole = measure([{ values: shards.flatMap(({ values }) => values), scale: null }], order)[0]!;
        close(normOf(merged), normOf(whole));
        const size = (name: string): number => whole.size[whole.names.indexOf(name)]!;
        expect(list(merged.size)).toEqual(merged.names.map(size));
        const largest = (name: string): number => whole.maxAbs![whole.names.indexOf(name)]!;
        expect(list(merged.maxAbs)).toEqual(merged.names.map(largest));
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  test('merges the same in any grouping, to 1e-14', () => {
    fc.assert(
      fc.property(someShards, someOrder, fc.nat(), (shards, order, cut) => {
        const measurements = measure(shards, order);
        const at = 1 + (cut % measurements.length);
        const [left, right] = [measurements.slice(0, at), measurements.slice(at)];
        const nested = mergeMeasurements([mergeMeasurements(left), ...right.map((one) => mergeMeasurements([one]))]);
        const flat = mergeMeasurements(measurements);
        expect(nested.names).toEqual(flat.names);
        expect(list(nested.size)).toEqual(list(flat.size));
        flat.names.forEach((_name, row) => {
          const own = (m: Measurement): number =>
            normOf({
              ...m,
              power: m.power.slice(row, row + 1),
              ...(m.scale && { scale: m.scale.slice(row, row + 1) }),
            });
          close(own(nested), own(flat));
        });
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  test('has the norm of exact arithmetic', () => {
    fc.assert(
      fc.property(someShards, fc.constantFrom(1, 2, 3), (shards, order) => {
        const measurements = measure(shards, order);
        const merged = mergeMeasurements(measurements);
        const norm = normOf(merged);
        if (norm === 0) return;
        const power = measurements.flatMap((m) => [...m.power]);
        const scale = measurements.flatMap((m) => [...m.power].map((_, row) => m.scale?.[row] ?? 1));
        expect(normError(norm, power, scale, order)).toBeLessThan(1e-14);
      }),
      { ...SEED, numRuns: 200 },
    );
  });
});
