import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureBuffers } from '@gradclip/adapters/buffers';
import type { GradientBuffer } from '@gradclip/adapters/buffers';
import { exactly, exactPower, measuredPower, planOf, random, raised, relativeError, times } from './oracle.ts';
import type { Dyadic } from './oracle.ts';

const SUBNORMAL = [Number.MIN_VALUE, 2 ** -1060, 2 ** -1022];
const SPECIAL64 = [0, -0, 1, -1, 0.1, 1e-300, -1e300, Number.MAX_VALUE, 1e154, 1e-154, 1e-162, ...SUBNORMAL];
const SPECIAL32 = [
  0, -0, 1, 0.1, 1.401298464324817e-45, 1.1754943508222875e-38, 3.4028234663852886e38, 1e-20, 1e20,
].map(Math.fround);

function errorOf(buffer: GradientBuffer, p: number): number {
  const m = measureBuffers([buffer], planOf(p));
  expect(m.nonFinite).toBe(0);
  expect(m.size[0]).toBe(buffer.length);
  return relativeError(measuredPower(m, 0, p), exactPower(buffer, p));
}

describe('the 2-norm against exact arithmetic', () => {
  it('holds for random doubles of any magnitude', () => {
    const element = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 70 }), (values) => {
        expect(errorOf(Float64Array.from(values), 2)).toBeLessThan(1e-14);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('holds for random floats of any magnitude', () => {
    const element = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 70 }), (values) => {
        expect(errorOf(Float32Array.from(values), 2)).toBeLessThan(1e-14);
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  it('holds with each special value at each position of each length', () => {
    for (let length = 1; length <= 65; length++)
      for (let at = 0; at < length; at++) {
        for (const special of SPECIAL64) {
          const buffer = new Float64Array(length).fill(at % 2 ? 1e-3 : 0);
          buffer[at] = special;
          if (!(errorOf(buffer, 2) < 1e-14)) expect.fail(`${special} at ${at} of ${length}`);
        }
        for (const special of SPECIAL32) {
          const buffer = new Float32Array(length).fill(at % 2 ? 1e-3 : 0);
          buffer[at] = special;
          if (!(errorOf(buffer, 2) < 1e-14)) expect.fail(`${special} at ${at} of ${length}`);
        }
      }
  });

  it('scales rows where float64 would overflow or underflow, and only those', () => {
    const plan = planOf(2);
    const m = measureBuffers(
      { huge: Float64Array.of(1e300, 1e300), one: Float64Array.of(1), tiny: Float64Array.of(1e-300) },
      plan,
    );
    expect(m.scale![1]).toBe(1);
    for (const row of [0, 2]) expect(Number.isInteger(Math.log2(m.scale![row]!))).toBe(true);
    expect(m.scale![0]! * Math.sqrt(m.power[0]!)).toBeCloseTo(Math.SQRT2 * 1e300, -290);
    expect(m.scale![2]! * Math.sqrt(m.power[2]!)).toBe(1e-300);
    expect(measureBuffers([Float32Array.of(3.4e38, 1.4e-45)], plan).scale).toBeUndefined();
    expect(measureBuffers([new Float64Array(3)], plan).scale).toBeUndefined();
  });

  it('scales by exact powers of two over the whole range', () => {
    for (let exponent = -1074; exponent <= 1023; exponent++) {
      const x = 2 ** exponent * (exponent > -1022 ? 1.5 : 1);
      expect(errorOf(Float64Array.of(x, x / 2, x), 2)).toBeLessThan(1e-14);
    }
    expect(errorOf(Float64Array.of(Number.MAX_VALUE, Number.MAX_VALUE), 2)).toBeLessThan(1e-14);
  });

  it('does not drift with the length', () => {
    const sum = (x: number, count: number): Dyadic => times(exactly(count), raised(exactly(x), 2));
    const tenth = Math.fround(0.1);
    const narrow = measureBuffers([new Float32Array(1e6).fill(0.1)], planOf(2));
    expect(relativeError(measuredPower(narrow, 0, 2), sum(tenth, 1e6))).toBeLessThan(1e-14);
    const wide = measureBuffers([new Float64Array(1e6).fill(0.1)], planOf(2));
    expect(relativeError(measuredPower(wide, 0, 2), sum(0.1, 1e6))).toBeLessThan(1e-14);
    const odd = new Float64Array(1e6 + 1).fill(1e-9);
    odd[0] = 1;
    const m = measureBuffers([odd], planOf(2));
    const exact = exactPower([1], 2);
    const rest = sum(1e-9, 1e6);
    const shift = BigInt(exact.exponent - rest.exponent);
    const total = { mantissa: (exact.mantissa << shift) + rest.mantissa, exponent: rest.exponent };
    expect(relativeError(measuredPower(m, 0, 2), total)).toBeLessThan(1e-14);
  });
});

describe('other orders against exact arithmetic', () => {
  for (const p of [1, 3, 4, 100]) {
    it(`order ${p} holds for random doubles`, () => {
      const element = fc.double({ noNaN: true, noDefaultInfinity: true });
      fc.assert(
        fc.property(fc.array(element, { maxLength: 12 }), (values) => {
          expect(errorOf(Float64Array.from(values), p)).toBeLessThan(1e-14);
        }),
        { seed: p, numRuns: p === 100 ? 60 : 300 },
      );
    });

    it(`order ${p} holds for float32 extremes`, () => {
      for (const x of SPECIAL32) expect(errorOf(Float32Array.of(x, x, 0.5 * x), p)).toBeLessThan(1e-14);
    });
  }

  it('orders 0.5 and 1.5 hold for perfect squares', () => {
    const next = random(3);
    for (let round = 0; round < 200; round++) {
      const scale = 2 ** Math.round(400 * (next() - 0.5));
      const roots = Array.from({ length: 1 + Math.floor(next() * 40) }, () => Math.fround(next() - 0.5) * scale);
      const squares = Float64Array.from(roots, (root) => root * root);
      const half = measureBuffers([squares], planOf(0.5));
      expect(half.scale).toBeUndefined();
      expect(relativeError(exactly(half.power[0]!), exactPower(roots, 1))).toBeLessThan(1e-14);
      const more = measureBuffers([squares], planOf(1.5));
      // Scales are powers of four or not; scale^1.5 is exact enough here as a double.
      const power = more.power[0]! * (more.scale?.[0] ?? 1) ** 1.5;
      if (power > 1e-300) expect(relativeError(exactly(power), exactPower(roots, 3))).toBeLessThan(1e-13);
    }
  });

  it('orders that no power of two brings into range end all the same', () => {
    expect(measureBuffers([Float64Array.of(1.9, 1.9)], planOf(5000)).power[0]).not.toBeLessThan(Infinity);
  });

  it('order Infinity is the largest magnitude', () => {
    for (const Kind of [Float32Array, Float64Array])
      for (let length = 1; length < 40; length++)
        for (let at = 0; at < length; at++) {
          const buffer = new Kind(length).fill(-0.5);
          buffer[at] = at % 2 ? 3 : -3;
          expect(measureBuffers([buffer], planOf(Infinity)).power[0]).toBe(3);
        }
    expect(measureBuffers([Float64Array.of(-Number.MAX_VALUE)], planOf(Infinity)).power[0]).toBe(Number.MAX_VALUE);
    expect(measureBuffers([Float64Array.of(-5e-324)], planOf(Infinity)).power[0]).toBe(5e-324);
  });
});

describe('columns', () => {
  it('has maxAbs only where the plan asks for it', () => {
    const buffers = { a: Float32Array.of(1, -4, 2), b: new Float64Array(0) };
    expect(measureBuffers(buffers, planOf(2)).maxAbs).toBeUndefined();
    expect([...measureBuffers(buffers, planOf(2, 'global', ['maxAbs'])).maxAbs!]).toEqual([4, 0]);
    expect([...measureBuffers({ a: Float64Array.of(1e300, -1e301) }, planOf(2, 'global', ['maxAbs'])).maxAbs!]).toEqual(
      [1e301],
    );
  });

  it('are the same while the set is', () => {
    const plan = planOf(2);
    const gradients = { W: new Float32Array(6), b: new Float64Array(2) };
    const first = measureBuffers(gradients, plan);
    gradients.W[0] = 2;
    const second = measureBuffers({ ...gradients }, plan);
    expect(second).toBe(first);
    expect(second.power[0]).toBe(4);
  });

  it('belongs to one set and one plan each, so that shards can be joined', () => {
    const [plan, other] = [planOf(2), planOf(2)];
    const [a, b] = [{ W: Float32Array.of(3) }, { V: Float32Array.of(4) }];
    const first = measureBuffers(a, plan);
    measureBuffers(b, plan);
    measureBuffers(a, other);
    expect(first.names).toEqual(['W']);
    expect([...first.power]).toEqual([9]);
  });

  it('names lists by index and leaves out what is absent', () => {
    const list = [Float32Array.of(1), null, new Float32Array(0), undefined, Float64Array.of(2)];
    const m = measureBuffers(list as Float32Array[], planOf(2));
    expect(m.names).toEqual(['0', '2', '4']);
    expect([...m.power]).toEqual([1, 0, 4]);
    expect([...m.size]).toEqual([1, 0, 1]);
  });

  it('measures an empty set', () => {
    for (const empty of [[], {}, [null] as unknown as Float32Array[]]) {
      const m = measureBuffers(empty, planOf(2));
      expect(m.names).toEqual([]);
      expect(m.power.length).toBe(0);
      expect(m.nonFinite).toBe(0);
    }
  });

  it('passes the loss scale on', () => {
    const gradients = [Float32Array.of(1)];
    expect(measureBuffers(gradients, planOf(2), { lossScale: 1024 }).lossScale).toBe(1024);
    expect(measureBuffers(gradients, planOf(2)).lossScale).toBeUndefined();
    for (const lossScale of [0, -1, NaN, Infinity, '8' as unknown as number])
      expect(() => measureBuffers(gradients, planOf(2), { lossScale })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
      );
  });

  it('sees a list that has become longer, and a map whose order has changed', () => {
    const plan = planOf(2);
    const list = [Float32Array.of(1), Float32Array.of(2)];
    measureBuffers(list, plan);
    list.push(Float32Array.of(3));
    expect(measureBuffers(list, plan).names).toEqual(['0', '1', '2']);
    list.length = 1;
    expect(measureBuffers(list, plan).names).toEqual(['0']);
    const [a, b] = [Float32Array.of(1), Float32Array.of(2)];
    expect(measureBuffers({ a, b }, plan).names).toEqual(['a', 'b']);
    expect(measureBuffers({ b, a }, plan).names).toEqual(['b', 'a']);
    expect(measureBuffers({ a, c: b }, plan).names).toEqual(['a', 'c']);
    expect(measureBuffers([a, b], plan).names).toEqual(['0', '1']);
  });
});
