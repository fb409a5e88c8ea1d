import { describe, expect, it } from 'vitest';
import { measureBuffers } from '@gradclip/adapters/buffers';
import { planOf } from './oracle.ts';

const ORDERS = [0.5, 1, 1.5, 2, 3, 100, Infinity];
const BAD = [NaN, Infinity, -Infinity];

describe('elements that are not finite', () => {
  it('are found at every place, and left out of the sums', () => {
    for (const Kind of [Float32Array, Float64Array])
      for (const p of ORDERS)
        for (let length = 1; length <= 12; length++)
          for (let at = 0; at < length; at++) {
            const buffer = new Kind(length).fill(0.5);
            const value = BAD[at % 3]!;
            buffer[at] = value;
            const m = measureBuffers({ a: Kind.of(1, 2), b: buffer }, planOf(p, 'tensor', ['maxAbs']));
            expect(m.nonFinite).toBe(1);
            expect(m.firstBad).toEqual({ name: 'b', index: at, value });
            expect(m.size[1]).toBe(length - 1);
            expect(m.maxAbs![1]).toBe(length > 1 ? 0.5 : 0);
            const finite = p === Infinity ? (length > 1 ? 0.5 : 0) : (length - 1) * 0.5 ** p;
            expect(m.power[1]! * (m.scale?.[1] ?? 1) ** (p === Infinity ? 0 : p)).toBeCloseTo(finite, 12);
            const good = measureBuffers({ a: Kind.of(1, 2) }, planOf(p)).power[0];
            expect(m.power[0]! * (m.scale?.[0] ?? 1)).toBe(good);
          }
  });

  it('are counted, and the first is the first of the first tensor', () => {
    const b = Float64Array.of(1, 2, NaN, 4, Infinity, NaN);
    const c = Float32Array.of(NaN);
    const plain = measureBuffers({ a: Float32Array.of(1), b, c }, planOf(2));
    expect(plain.nonFinite).toBe(4);
    expect(plain.firstBad).toEqual({ name: 'b', index: 2, value: NaN });
    // Along the first axis unit 0 has elements 0 and 1; its last one is bad later than that of unit 1.
    const units = measureBuffers({ b, c }, planOf(2, 'unit'), { shapes: { b: [2, 3] } });
    expect(units.firstBad).toEqual({ name: 'b', index: 2, value: NaN });
    expect(units.nonFinite).toBe(4);
    expect([...units.size]).toEqual([2, 1, 0, 0]);
    expect([...units.power]).toEqual([17, 4, 0, 0]);
  });

  it('are forgotten at the next measurement', () => {
    const gradients = { W: Float32Array.of(3, NaN, 4) };
    const plan = planOf(2);
    expect(measureBuffers(gradients, plan).size[0]).toBe(2);
    gradients.W[1] = 0;
    const m = measureBuffers(gradients, plan);
    expect([m.nonFinite, m.firstBad, m.size[0], m.power[0]]).toEqual([0, undefined, 3, 25]);
  });

  it('make a row of weights NaN, which is not a gradient to skip', () => {
    const options = { weights: { a: Float32Array.of(NaN, 1), b: Float32Array.of(2) } };
    const m = measureBuffers(
      { a: Float32Array.of(1, 1), b: Float32Array.of(1) },
      planOf(2, 'tensor', ['weightNorm']),
      options,
    );
    expect([...m.weightPower!]).toEqual([NaN, 4]);
    expect(m.nonFinite).toBe(0);
  });
});
