import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureBuffers } from '@gradclip/adapters/buffers';
import { exactPower, measuredPower, planOf, random, relativeError } from './oracle.ts';

/** The elements of each unit, by the definition: all elements whose index along the axis is the unit's. */
function naiveUnits(values: ArrayLike<number>, shape: readonly number[], axis: number): number[][] {
  if (shape.length < 2) return [Array.from(values)];
  const at = axis < 0 ? axis + shape.length : axis;
  const units: number[][] = Array.from({ length: shape[at]! }, () => []);
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    const index: number[] = [];
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    units[index[at]!]!.push(values[i]!);
  }
  return units;
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const shapeWithAxis = fc
  .array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
  .chain((shape) =>
    fc.tuple(fc.constant(shape), fc.integer({ min: -Math.max(shape.length, 1), max: Math.max(shape.length, 1) - 1 })),
  );

describe('units', () => {
  it('lie along any axis of any rank, as a naive implementation says', () => {
    const next = random(5);
    fc.assert(
      fc.property(shapeWithAxis, fc.boolean(), ([shape, unitAxis], wide) => {
        const values = Array.from({ length: product(shape) }, () => Math.fround(next() - 0.5));
        const buffer = wide ? Float64Array.from(values) : Float32Array.from(values);
        const expected = naiveUnits(values, shape, unitAxis);
        for (const p of [0.5, 1, 2, 3, Infinity]) {
          const plan = planOf(p, 'unit', ['maxAbs', 'weightNorm']);
          const m = measureBuffers({ W: buffer }, plan, { shapes: { W: shape }, unitAxis, weights: { W: buffer } });
          expect(m.power.length).toBe(expected.length);
          expect(m.offsets && [...m.offsets]).toEqual(expected.length > 1 ? [0, expected.length] : undefined);
          expected.forEach((unit, row) => {
            expect(m.size[row]).toBe(unit.length);
            const top = unit.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
            expect(m.maxAbs![row]).toBe(top);
            expect(m.weightPower![row]).toBe(m.power[row]);
            if (p === Infinity) expect(m.power[row]).toBe(top);
            else if (p >= 1) expect(relativeError(measuredPower(m, row, p), exactPower(unit, p))).toBeLessThan(1e-14);
            else
              expect(m.power[row]).toBeCloseTo(
                unit.reduce((sum, x) => sum + Math.abs(x) ** p, 0),
                10,
              );
          });
        }
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('lie along the last axis by default, and come after the rows of the tensors before', () => {
    const buffers = { b: Float32Array.of(3, 4), W: Float32Array.of(1, 2, 3, 4, 5, 6), V: Float32Array.of(2) };
    const plan = planOf(2, (name) => (name === 'W' ? 'unit' : 'tensor'));
    const m = measureBuffers(buffers, plan, { shapes: { W: [2, 3] } });
    expect([...m.offsets!]).toEqual([0, 1, 4, 5]);
    expect([...m.power]).toEqual([25, 1 + 16, 4 + 25, 9 + 36, 4]);
    expect([...m.size]).toEqual([2, 2, 2, 2, 1]);
    expect([...measureBuffers(buffers, plan, { shapes: { W: [2, 3] }, unitAxis: 0 }).power]).toEqual([25, 14, 77, 4]);
  });

  it('takes shapes of a list, by place', () => {
    const m = measureBuffers([Float32Array.of(1), Float64Array.of(1, 2, 3, 4)], planOf(1, 'unit'), {
      shapes: [[], [2, 2]],
    });
    expect([...m.offsets!]).toEqual([0, 1, 3]);
    expect([...m.power]).toEqual([1, 4, 6]);
  });

  it('are one a tensor without a shape, of rank 0 or 1, and of an empty tensor', () => {
    const W = new Float32Array(6);
    for (const shapes of [undefined, {}, { W: [6] }] as const)
      expect(measureBuffers({ W }, planOf(2, 'unit'), shapes && { shapes }).power.length).toBe(1);
    expect(measureBuffers({ s: Float32Array.of(2) }, planOf(2, 'unit'), { shapes: { s: [] } }).power.length).toBe(1);
    const empty = measureBuffers({ e: new Float32Array(0) }, planOf(2, 'unit'), { shapes: { e: [0, 3] } });
    expect([...empty.size]).toEqual([0]);
  });

  it('does not drift over many rows', () => {
    const rows = 20_000;
    const W = new Float32Array(rows * 3).fill(0.1);
    const m = measureBuffers({ W }, planOf(2, 'unit'), { shapes: { W: [rows, 3] } });
    const exact = exactPower(new Float32Array(rows).fill(0.1), 2);
    for (let row = 0; row < 3; row++) expect(relativeError(measuredPower(m, row, 2), exact)).toBeLessThan(1e-14);
  });

  it('have a scale each where they need it', () => {
    const W = Float64Array.of(1e300, 1, 1e-300, 1e300, 1, 1e-300);
    const m = measureBuffers({ W }, planOf(2, 'unit'), { shapes: { W: [2, 3] } });
    expect(m.scale![1]).toBe(1);
    for (let row = 0; row < 3; row++)
      expect(relativeError(measuredPower(m, row, 2), exactPower([W[row]!, W[row]!], 2))).toBeLessThan(1e-14);
  });

  it('keep their columns while the layout is the same, and follow a new one', () => {
    const W = new Float32Array(6).fill(1);
    const plan = planOf(2, 'unit');
    const first = measureBuffers({ W }, plan, { shapes: { W: [2, 3] } });
    expect(measureBuffers({ W }, plan, { shapes: { W: [2, 3] } })).toBe(first);
    expect([...measureBuffers({ W }, plan, { shapes: { W: [3, 2] } }).power]).toEqual([3, 3]);
    expect([...measureBuffers({ W }, plan, { shapes: { W: [3, 2] }, unitAxis: 0 }).power]).toEqual([2, 2, 2]);
  });

  it('are not moved by a measurement that was refused', () => {
    const set = { V: Float32Array.of(1, 2, 3, 4), W: Float32Array.of(1, 2, 3, 4) };
    const plan = planOf(2, 'unit');
    const measure = (V: number[], W: number[]): number[] => [...measureBuffers(set, plan, { shapes: { V, W } }).power];
    expect(measure([2, 2], [2, 2])).toEqual([10, 20, 10, 20]);
    expect(() => measure([4, 1], [3, 2])).toThrow(expect.objectContaining({ code: 'INVALID_SHAPE' }) as Error);
    expect(measure([2, 2], [2, 2])).toEqual([10, 20, 10, 20]);
  });

  it('are looked up among what shapes contain themselves', () => {
    const m = measureBuffers({ constructor: Float32Array.of(3, 4) } as never, planOf(2, 'unit'), { shapes: {} });
    expect([...m.power]).toEqual([25]);
  });

  it('refuses shapes that do not hold the tensor, and axes that are none', () => {
    const measure = (shape: unknown, unitAxis?: number) => (): unknown =>
      measureBuffers({ W: new Float32Array(6) }, planOf(2, 'unit'), {
        shapes: { W: shape as number[] },
        ...(unitAxis !== undefined && { unitAxis }),
      });
    for (const shape of [[2, 2], [6, 0], [-2, -3], [1.5, 4], [], null, 6, 'ab', ['2', '3']])
      expect(measure(shape)).toThrow(
        expect.objectContaining({ code: 'INVALID_SHAPE', where: { tensor: 'W' } }) as Error,
      );
    for (const axis of [2, -3, 0.5, NaN])
      expect(measure([2, 3], axis)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
  });
});
