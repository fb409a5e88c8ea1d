import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyToBuffers } from '@gradclip/adapters/buffers';
import { decisionOf } from './decision.ts';

const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;
const bytes = (view: ArrayBufferView): number[] => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];

describe('factors', () => {
  it('multiply in float64, and round once', () => {
    const factor = 1 / 3;
    const values = [1, -0, 0.1, 3.4028234663852886e38, 1.401298464324817e-45, -7e-40, 123456.789];
    const [narrow, wide] = [Float32Array.from(values), Float64Array.from(values)];
    const expected = [narrow.map((x) => x * factor), wide.map((x) => x * factor)];
    applyToBuffers([narrow, wide], decisionOf('scale', { 0: [factor], 1: [factor] }));
    expect(bytes(narrow)).toEqual(bytes(expected[0]!));
    expect(bytes(wide)).toEqual(bytes(expected[1]!));
  });

  it('of 1 leave every bit alone, those of a signalling NaN included', () => {
    const W = new Float32Array(new Uint32Array([0x7fa00001, 0x80000000, 1, 0xffc12345]).buffer);
    const before = bytes(W);
    applyToBuffers({ W, b: Float32Array.of(2) }, decisionOf('scale', { W: [1], b: [0.5] }));
    expect(bytes(W)).toEqual(before);
  });

  it('of units go to the elements of each unit', () => {
    const W = (): Float32Array => Float32Array.of(1, 2, 3, 4, 5, 6);
    const [columns, rows, middle] = [W(), W(), new Float64Array(8).fill(1)];
    applyToBuffers({ W: columns }, decisionOf('scale', { W: [1, 2, 3] }), { shapes: { W: [2, 3] } });
    expect([...columns]).toEqual([1, 4, 9, 4, 10, 18]);
    applyToBuffers([rows], decisionOf('scale', { 0: [10, 0.5] }), { shapes: [[2, 3]], unitAxis: 0 });
    expect([...rows]).toEqual([10, 20, 30, 2, 2.5, 3]);
    applyToBuffers([middle], decisionOf('scale', { 0: [2, 3] }), { shapes: [[2, 2, 2]], unitAxis: 1 });
    expect([...middle]).toEqual([2, 2, 3, 3, 2, 2, 3, 3]);
  });

  it('of one number go to all units', () => {
    const W = Float32Array.of(1, 2, 3, 4);
    applyToBuffers({ W }, decisionOf('scale', { W: [2] }), { shapes: { W: [2, 2] } });
    expect([...W]).toEqual([2, 4, 6, 8]);
  });
});

describe('clamps', () => {
  it('limit magnitudes, NaN and zeros untouched', () => {
    const [narrow, wide] = [
      Float32Array.of(-3, 2, -0, 0.5, NaN, Infinity),
      Float64Array.of(-Infinity, 1, 1.0000000001, -2),
    ];
    applyToBuffers([narrow, wide], decisionOf('clamp', { 0: [1], 1: [1] }, { 0: [2], 1: [1] }));
    expect([...narrow]).toEqual([-2, 2, -0, 0.5, NaN, 2]);
    expect([...wide]).toEqual([-1, 1, 1, -1]);
  });

  it('are not exceeded after rounding to float32', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-50, max: 1e45, noNaN: true }), (limit) => {
        const W = Float32Array.of(Infinity, -Infinity);
        applyToBuffers({ W }, decisionOf('clamp', { W: [1] }, { W: [limit] }));
        const next = new Float32Array(new Uint32Array([new Uint32Array(W.buffer)[0]! + 1]).buffer)[0]!;
        expect(W[0]!).toBeLessThanOrEqual(limit);
        expect(next).toBeGreaterThan(limit);
        expect(W[1]).toBe(-W[0]!);
      }),
      { seed: 8, numRuns: 2000 },
    );
  });

  it('belong to units where there are several', () => {
    const W = Float64Array.of(5, 5, 5, 5);
    applyToBuffers({ W }, decisionOf('clamp', { W: [1, 0.5] }, { W: [2, Infinity] }), { shapes: { W: [2, 2] } });
    expect([...W]).toEqual([2, 2.5, 2, 2.5]);
  });
});

describe('what a decision may do', () => {
  it('sets bad elements to 0 before it scales', () => {
    const [narrow, wide] = [Float32Array.of(NaN, 2, -Infinity), Float64Array.of(Infinity, -4)];
    applyToBuffers([narrow, wide], decisionOf('zero', { 0: [0.5], 1: [1] }, { 0: [Infinity], 1: [3] }));
    expect([...narrow]).toEqual([0, 1, 0]);
    expect([...wide]).toEqual([0, -3]);
  });

  it('leaves every bit alone when it passes, drops, skips, halts or observes', () => {
    const bits = new Uint32Array([0x7fa00001, 0x80000000, 0x3f800000]);
    for (const action of ['pass', 'drop', 'skip', 'halt'] as const) {
      const W = new Float32Array(bits.slice().buffer);
      applyToBuffers({ W }, decisionOf(action, { W: [0.5] }));
      expect(bytes(W)).toEqual(bytes(bits));
    }
    for (const action of ['scale', 'clamp', 'zero'] as const) {
      const W = new Float32Array(bits.slice().buffer);
      applyToBuffers({ W }, decisionOf(action, { W: [0.5] }, {}, false));
      expect(bytes(W)).toEqual(bytes(bits));
    }
  });

  it('happens once to the same gradients, and once to each shard', () => {
    const [a, b] = [Float32Array.of(4), Float32Array.of(4)];
    const decision = decisionOf('scale', { W: [0.5], V: [0.5] });
    applyToBuffers({ W: a }, decision);
    expect(() => applyToBuffers({ W: a }, decision)).toThrow(code('ALREADY_APPLIED'));
    expect(() => applyToBuffers({ W: a, more: Float32Array.of(1) }, decision)).toThrow(code('ALREADY_APPLIED'));
    applyToBuffers({ V: b }, decision);
    expect([a[0], b[0]]).toEqual([2, 2]);
    applyToBuffers({ W: a }, decisionOf('scale', { W: [0.5] }));
    expect(a[0]).toBe(1);
  });
});

describe('all or nothing', () => {
  const count = 5;
  const all = Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), [0.5]]));

  it('changes nothing when tensor k is not a buffer, is detached, overlaps, or is unknown to the decision', () => {
    for (let k = 0; k < count; k++) {
      const fresh = (): Float32Array[] => Array.from({ length: count }, (_, i) => Float32Array.of(i + 1, -i));
      const spoil: [string, (list: Float32Array[]) => void][] = [
        ['INVALID_BUFFER', (list) => (list[k] = new Int8Array(2) as unknown as Float32Array)],
        ['BUFFER_DETACHED', (list) => structuredClone(list[k], { transfer: [list[k]!.buffer] })],
        ['BUFFER_OVERLAP', (list) => (list[k] = new Float32Array(list[(k + 1) % count]!.buffer, 4))],
      ];
      for (const [name, change] of spoil) {
        const list = fresh();
        change(list);
        const before = list.map((buffer) => Array.from({ length: buffer.length }, (_, i) => buffer[i]));
        expect(() => applyToBuffers(list, decisionOf('scale', all))).toThrow(code(name));
        expect(list.map((buffer) => Array.from({ length: buffer.length }, (_, i) => buffer[i]))).toEqual(before);
      }
      const list = fresh();
      const { [String(k)]: _, ...rest } = all;
      expect(() => applyToBuffers(list, decisionOf('scale', rest))).toThrow(RangeError);
      expect(list).toEqual(fresh());
      // What failed was not applied: it can be, once what was wrong is put right.
      applyToBuffers(list, decisionOf('scale', all));
      expect(list[1]).toEqual(Float32Array.of(1, -0.5));
    }
  });

  it('changes nothing when units do not fit', () => {
    const [a, W] = [Float32Array.of(1), new Float32Array(6).fill(1)];
    const decision = decisionOf('scale', { a: [0.5], W: [0.5, 0.5, 0.5] });
    const wrong = [undefined, {}, { shapes: { W: [3, 2] } }, { shapes: { W: [6] } }, { shapes: { W: [2, 4] } }];
    for (const options of wrong)
      expect(() => applyToBuffers({ a, W }, decision, options)).toThrow(code('INVALID_SHAPE'));
    expect(() => applyToBuffers({ a, W }, decision, { shapes: { W: [2, 3] }, unitAxis: 2 })).toThrow(
      code('INVALID_OPTION'),
    );
    expect([...a, ...W]).toEqual([1, 1, 1, 1, 1, 1, 1]);
    applyToBuffers({ a, W }, decision, { shapes: { W: [2, 3] } });
    expect([...a, ...W]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it('remembers how long a buffer was', () => {
    const memory = new ArrayBuffer(8, { maxByteLength: 16 });
    const W = new Float32Array(memory);
    applyToBuffers({ W }, decisionOf('pass', {}));
    memory.resize(16);
    expect(() => applyToBuffers({ W }, decisionOf('pass', {}))).toThrow(code('BUFFER_RESIZED'));
  });
});
