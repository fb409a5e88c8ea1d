import { describe, expect, it } from 'vitest';
import { GradclipError } from '@gradclip/core';
import { clipBuffers, measureBuffers } from '@gradclip/adapters/buffers';
import type { BufferSet } from '@gradclip/adapters/buffers';
import { planOf } from './oracle.ts';

function refusal(call: () => unknown): GradclipError {
  try {
    call();
  } catch (error) {
    if (error instanceof GradclipError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const measure = (gradients: unknown) => (): unknown => measureBuffers(gradients as BufferSet, planOf(2));

describe('what is not a buffer', () => {
  it('is refused by name, with what it is', () => {
    const others: [unknown, string][] = [
      [[1, 2], 'Array'],
      [new Int32Array(2), 'Int32Array'],
      [new Uint8Array(2), 'Uint8Array'],
      [new DataView(new ArrayBuffer(8)), 'DataView'],
      [new ArrayBuffer(8), 'ArrayBuffer'],
      [3, 'Number'],
      ['W', 'String'],
      [0, 'Number'],
      [false, 'Boolean'],
      [{ [Symbol.toStringTag]: 'Float32Array', length: 2 }, 'Float32Array'],
      [new Proxy(new Float32Array(2), {}), 'Object'],
    ];
    for (const [value, kind] of others) {
      const error = refusal(measure({ fine: new Float32Array(1), W: value }));
      expect(error.code).toBe('INVALID_BUFFER');
      expect(error.where).toEqual({ tensor: 'W' });
      expect(error.message).toContain('W');
      expect(error.message).toContain(kind);
    }
  });

  it('is refused as a set', () => {
    const sets = [null, undefined, 3, 'abc', new Float32Array(3), new Map(), new Set(), Promise.resolve({}), () => {}];
    for (const set of sets) expect(refusal(measure(set)).code).toBe('INVALID_BUFFER');
  });

  it('is not a buffer of another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    const foreign = runInNewContext('({ W: Float32Array.of(3, 4), b: Float64Array.of(12) })') as Record<
      string,
      Float32Array
    >;
    expect([...measureBuffers(foreign, planOf(2)).power]).toEqual([25, 144]);
  });

  it('is not looked for in what a map inherits', () => {
    const map = Object.create({ old: Float32Array.of(9) }) as Record<string, Float32Array>;
    map['W'] = Float32Array.of(2);
    for (let round = 0; round < 2; round++) expect(measureBuffers(map, planOf(2)).names).toEqual(['W']);
    expect(measureBuffers(Object.create({ old: 5 }) as BufferSet, planOf(2)).names).toEqual([]);
  });
});

describe('memory that has gone or changed', () => {
  it('is refused when it was transferred, before and after it was first seen', () => {
    for (const isKnown of [false, true]) {
      const W = Float32Array.of(3, 4);
      const gradients = { b: Float32Array.of(1), W };
      if (isKnown) measure(gradients)();
      structuredClone(W, { transfer: [W.buffer] });
      const error = refusal(measure(gradients));
      expect(error.code).toBe('BUFFER_DETACHED');
      expect(error.where).toEqual({ tensor: 'W' });
      expect(error.message).toContain('W');
    }
  });

  it('is refused when it was resized', () => {
    const memory = new ArrayBuffer(16, { maxByteLength: 32 });
    const [W, fixed] = [new Float32Array(memory), new Float32Array(new ArrayBuffer(16, { maxByteLength: 32 }), 0, 4)];
    measure({ W })();
    memory.resize(24);
    const error = refusal(measure({ W }));
    expect(error.code).toBe('BUFFER_RESIZED');
    expect(error.message).toMatch(/W.*4.*6/);
    expect(refusal(measure({ other: new Float32Array(1), W })).code).toBe('BUFFER_RESIZED');
    measure({ W: new Float32Array(memory) })();

    measure({ fixed })();
    (fixed.buffer as ArrayBuffer).resize(8);
    expect(refusal(measure({ fixed })).code).toBe('BUFFER_RESIZED');
  });

  it('is measured when it is resizable or shared', () => {
    const resizable = new Float64Array(new ArrayBuffer(16, { maxByteLength: 32 }));
    const shared = new Float32Array(new SharedArrayBuffer(8));
    resizable.set([3, 4]);
    shared.set([5, 12]);
    expect([...measureBuffers({ resizable, shared }, planOf(2)).power]).toEqual([25, 169]);
    expect(clipBuffers({ resizable, shared }, 1).action).toBe('scale');
    expect(Math.hypot(...resizable, ...shared)).toBeCloseTo(1, 6);
  });
});

describe('memory that two tensors have', () => {
  it('is refused where they share a part of it', () => {
    const memory = new ArrayBuffer(64);
    const a = new Float32Array(memory, 0, 4);
    const overlaps = [
      new Float32Array(memory, 8, 4),
      new Float32Array(memory, 0, 3),
      new Float32Array(memory, 4, 1),
      new Float64Array(memory, 0, 2),
      new Float32Array(memory, 0, 16),
    ];
    for (const b of overlaps)
      for (const gradients of [
        { a, b },
        { b, a },
        { a, x: new Float32Array(1), tied: a, b },
      ]) {
        const error = refusal(measure(gradients));
        expect(error.code).toBe('BUFFER_OVERLAP');
        expect(error.message).toMatch(/\bb\b/);
        expect(error.message).toMatch(/\ba\b/);
      }
    measure({
      a,
      b: new Float32Array(memory, 16, 4),
      c: new Float32Array(memory, 16, 0),
      d: new Float64Array(memory, 32, 4),
    })();
  });

  it('is counted once and scaled once where they are the same', () => {
    const memory = new ArrayBuffer(16);
    const [a, b] = [new Float32Array(memory, 8, 2), new Float32Array(memory, 8, 2)];
    a.set([3, 4]);
    const m = measureBuffers({ a, other: Float32Array.of(0), b, c: a }, planOf(2));
    expect(m.names).toEqual(['a', 'other']);
    for (let round = 0; round < 3; round++) {
      a.set([3, 4]);
      const step = clipBuffers([a, b, a], 1);
      expect(step.norm).toBe(5);
      expect([...a]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    }
  });
});

describe('weights', () => {
  const plan = planOf(2, 'tensor', ['weightNorm']);
  const gradients = { W: Float32Array.of(1, 1), b: Float64Array.of(1) };

  it('are measured like the gradients', () => {
    const weights = { W: Float64Array.of(1e300, 1e300), b: Float32Array.of(-2), unused: new Float32Array(7) };
    const m = measureBuffers(gradients, plan, { weights });
    expect(m.weightPower![1]).toBe(4);
    expect(m.weightScale![1]).toBe(1);
    expect(m.weightScale![0]! * Math.sqrt(m.weightPower![0]!)).toBeCloseTo(Math.SQRT2 * 1e300, -290);
    expect(m.scale).toBeUndefined();
    expect(measureBuffers(gradients, planOf(2), { weights }).weightPower).toBeUndefined();
    const list = [gradients.W, gradients.b];
    expect([
      ...measureBuffers(list, plan, { weights: [Float32Array.of(3, 4), Float32Array.of(1)] }).weightPower!,
    ]).toEqual([25, 1]);
  });

  it('are refused where they are missing or do not fit', () => {
    expect(refusal(() => measureBuffers(gradients, plan)).code).toBe('WEIGHTS_MISSING');
    const wrong = [
      {},
      { W: gradients.W },
      { W: Float32Array.of(1), b: gradients.b },
      { W: [1, 2], b: gradients.b },
      [],
    ];
    for (const weights of wrong) {
      const error = refusal(() => measureBuffers(gradients, plan, { weights: weights as unknown as BufferSet }));
      expect(error.code).toBe('INVALID_WEIGHTS');
      expect(['W', 'b']).toContain(error.where['tensor']);
    }
  });
});
