import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeMeasurements } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import { measureBuffers } from '@gradclip/adapters/buffers';
import { measuredPower, planOf, relativeError } from './oracle.ts';

const ORDERS = [1, 2, 3, 100, Infinity];
const wide = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 });

function expectSame(a: Measurement, b: Measurement, p: number): void {
  expect(a.names).toEqual(b.names);
  expect([...a.size]).toEqual([...b.size]);
  for (let row = 0; row < a.power.length; row++)
    if (p === Infinity) expect(a.power[row]).toBe(b.power[row]);
    else expect(relativeError(measuredPower(a, row, p), measuredPower(b, row, p))).toBeLessThan(1e-14);
}

describe('measurements of shards', () => {
  for (const p of ORDERS) {
    it(`of one tensor join to that of the whole, order ${p}`, () => {
      fc.assert(
        fc.property(wide, fc.nat(20), (values, at) => {
          const plan = planOf(p);
          const parts = [values.slice(0, at), values.slice(at)].map((part) =>
            measureBuffers({ W: Float64Array.from(part) }, plan),
          );
          expectSame(mergeMeasurements(parts), measureBuffers({ W: Float64Array.from(values) }, plan), p);
        }),
        { seed: 11, numRuns: 100 },
      );
    });

    it(`join in any grouping, order ${p}`, () => {
      fc.assert(
        fc.property(wide, wide, wide, (x, y, z) => {
          const plan = planOf(p);
          const [a, b, c] = [x, y, z].map((part) =>
            measureBuffers({ W: Float64Array.from(part), V: Float32Array.of(1) }, plan),
          );
          const left = mergeMeasurements([mergeMeasurements([a!, b!]), c!]);
          const right = mergeMeasurements([a!, mergeMeasurements([b!, c!])]);
          expectSame(left, right, p);
          expectSame(left, mergeMeasurements([a!, b!, c!]), p);
        }),
        { seed: 12, numRuns: 60 },
      );
    });
  }

  it('keep units, bad elements and the loss scale', () => {
    const plan = planOf(2, 'unit', ['maxAbs']);
    const options = { shapes: { W: [2, 2] }, lossScale: 8 };
    const a = measureBuffers({ W: Float32Array.of(1, 2, 3, 4) }, plan, options);
    const b = measureBuffers({ W: Float32Array.of(5, NaN, 7, 8), b: Float32Array.of(1) }, plan, options);
    const m = mergeMeasurements([a, b]);
    expect([...m.offsets!]).toEqual([0, 2, 3]);
    expect([...m.power]).toEqual([1 + 9 + 25 + 49, 4 + 16 + 64, 1]);
    expect([...m.size]).toEqual([4, 3, 1]);
    expect([...m.maxAbs!]).toEqual([7, 8, 1]);
    expect([m.nonFinite, m.firstBad, m.lossScale]).toEqual([1, { name: 'W', index: 1, value: NaN }, 8]);
  });
});
