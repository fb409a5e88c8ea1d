import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClipper, definePolicy, fixed, mergeMeasurements } from '@gradclip/core';
import type { ClipPolicy, Scope } from '@gradclip/core';
import { applyToBuffers, clipBuffers, measureBuffers } from '@gradclip/adapters/buffers';
import type { BufferSet, GradientBuffer } from '@gradclip/adapters/buffers';
import { planOf, random } from './oracle.ts';

const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;
const bytes = (view: ArrayBufferView): number[] => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
const LIMIT = 1 + 2 ** -23;

function normOf(buffers: readonly GradientBuffer[], p: number = 2): number {
  const m = mergeMeasurements(buffers.map((buffer) => measureBuffers({ all: buffer }, planOf(p))));
  const power = m.power[0]!;
  return (m.scale?.[0] ?? 1) * (p === 2 ? Math.sqrt(power) : p === Infinity ? power : power ** (1 / p));
}

describe('clipBuffers with a number', () => {
  it('scales to the threshold', () => {
    const gradients = [Float32Array.of(3, 4)];
    const step = clipBuffers(gradients, 1);
    expect(step).toMatchObject({
      step: 0,
      action: 'scale',
      proceed: true,
      applied: true,
      norm: 5,
      factor: 0.2,
      threshold: 1,
    });
    expect([...gradients[0]!]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(clipBuffers(gradients, 1).step).toBe(0);
  });

  it('is the identity, bit for bit, up to the threshold', () => {
    const W = Float32Array.of(3, -0, 4);
    const before = bytes(W);
    for (const threshold of [5, 5.1, Infinity]) {
      expect(clipBuffers({ W }, threshold)).toMatchObject({ action: 'pass', norm: 5, normAfter: 5 });
      expect(bytes(W)).toEqual(before);
    }
    expect(clipBuffers({ W: new Float32Array(3) }, 1).action).toBe('pass');
    expect(clipBuffers({}, 1)).toMatchObject({ action: 'pass', norm: 0 });
    expect(clipBuffers([new Float32Array(0)], 1)).toMatchObject({ action: 'pass', norm: 0 });
  });

  it('leaves a norm of at most the threshold, within the last bit of a float32', () => {
    const element = fc.oneof(
      fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
      fc.double({ noNaN: true, min: -3e38, max: 3e38 }),
      fc.double({ noNaN: true, min: -1e-30, max: 1e-30 }),
    );
    const threshold = fc
      .integer({ min: -30, max: 30 })
      .chain((e) => fc.double({ min: 10 ** e, max: 10 ** (e + 1), noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(element, { maxLength: 60 }),
        fc.array(element, { maxLength: 20 }),
        threshold,
        (x, y, limit) => {
          const gradients = { W: Float32Array.from(x), b: Float64Array.from(y) };
          const before = normOf([gradients.W, gradients.b]);
          const bits = bytes(gradients.W);
          const step = clipBuffers(gradients, limit);
          if (before <= limit) expect(bytes(gradients.W)).toEqual(bits);
          expect(normOf([gradients.W, gradients.b])).toBeLessThanOrEqual(limit * LIMIT);
          expect(step.norm).toBe(before);
        },
      ),
      { seed: 21, numRuns: 1500 },
    );
  });

  it('skips a step that is not finite, and changes nothing', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const gradients = { W: Float32Array.of(30, 40), b: Float64Array.of(bad, 1) };
      const before = [...bytes(gradients.W), ...bytes(gradients.b)];
      const step = clipBuffers(gradients, 1);
      expect(step).toMatchObject({ action: 'skip', proceed: false, norm: NaN });
      expect(step.reason).toContain('b');
      expect([...bytes(gradients.W), ...bytes(gradients.b)]).toEqual(before);
    }
  });

  it('refuses what is no threshold, and changes nothing', () => {
    for (const threshold of [0, -1, NaN]) {
      const W = Float32Array.of(3, 4);
      expect(() => clipBuffers({ W }, threshold)).toThrow(expect.objectContaining({ name: 'GradclipError' }) as Error);
      expect([...W]).toEqual([3, 4]);
    }
  });
});

describe('clipBuffers with a clipper', () => {
  it('refuses a policy in its place', () => {
    for (const other of [fixed(1), undefined, null, [], {}, 'fixed'])
      expect(() => clipBuffers([Float32Array.of(1)], other as unknown as number)).toThrow(code('NOT_A_CLIPPER'));
    expect(() => clipBuffers([], fixed(1) as unknown as number)).toThrow('make the clipper once, outside the loop');
  });

  it('counts steps, and leaves a norm of at most the threshold at every scope and order', () => {
    const next = random(31);
    const shapes = { W: [4, 5], b: [7], c: [2, 3, 2] };
    for (const scope of ['global', 'tensor', 'unit'] as const)
      for (const p of [1, 2, 3, Infinity]) {
        const clipper = createClipper(0.5, { scope, norm: p });
        for (let step = 0; step < 20; step++) {
          const fill = (length: number): Float32Array => Float32Array.from({ length }, () => next() - 0.5);
          const gradients = { W: fill(20), b: fill(7), c: Float64Array.from(fill(12)) };
          expect(clipBuffers(gradients, clipper, { shapes }).step).toBe(step);
          if (scope === 'global') expect(normOf(Object.values(gradients), p)).toBeLessThanOrEqual(0.5 * LIMIT);
          if (scope === 'tensor')
            for (const buffer of Object.values(gradients)) expect(normOf([buffer], p)).toBeLessThanOrEqual(0.5 * LIMIT);
          if (scope === 'unit')
            for (let unit = 0; unit < 5; unit++) {
              const column = Float32Array.from({ length: 4 }, (_, row) => gradients.W[row * 5 + unit]!);
              expect(normOf([column], p)).toBeLessThanOrEqual(0.5 * LIMIT);
            }
        }
      }
  });

  it('takes the same decisions whatever power of two the loss was multiplied by', () => {
    for (const scope of ['global', 'tensor', 'unit'] as const) {
      const shapes = { W: [3, 4] };
      const reference = createClipper(0.7, { scope });
      const values = Array.from({ length: 12 }, (_, i) => Math.sin(i));
      const plain = { W: Float64Array.from(values), b: Float64Array.of(0.3) };
      const expected = clipBuffers(plain, reference, { shapes });
      for (const exponent of [-600, -40, -1, 1, 16, 40, 600]) {
        const lossScale = 2 ** exponent;
        const scaled = { W: Float64Array.from(values, (x) => x * lossScale), b: Float64Array.of(0.3 * lossScale) };
        const step = clipBuffers(scaled, createClipper(0.7, { scope }), { shapes, lossScale });
        expect(step.norm).toBe(expected.norm);
        expect(step.decisions).toEqual(expected.decisions);
        expect([...scaled.W].map((x) => x / lossScale)).toEqual([...plain.W]);
      }
    }
  });

  it('clamps in the units of the gradients as they are in memory', () => {
    const clamp = definePolicy({
      name: 'clamp',
      needs: ['maxAbs'],
      init: () => null,
      decide: () => [{ clamp: 0.5 }, null],
    });
    const W = Float32Array.of(1, -8, 3, 4);
    const step = clipBuffers({ W }, createClipper(clamp), { lossScale: 8 });
    expect(step.action).toBe('clamp');
    expect([...W]).toEqual([1, -4, 3, 4]);
    for (const scope of ['tensor', 'unit'] as const) {
      const gradients = { W: Float32Array.of(1, -0.4), V: Float64Array.of(-2, 0.1, 0, -0.6) };
      clipBuffers(gradients, createClipper(clamp, { scope }), { shapes: { V: [2, 2] } });
      expect([...gradients.W, ...gradients.V]).toEqual([0.5, Math.fround(-0.4), -0.5, 0.1, 0, -0.5]);
    }
  });

  it('compares gradients with their weights, unit by unit', () => {
    const agc: ClipPolicy<null> = definePolicy({
      name: 'agc',
      scope: 'unit',
      needs: ['weightNorm'],
      init: () => null,
      decide: (_, { weightNorm }) => [0.01 * Math.max(weightNorm!, 1e-3), null],
    });
    const clipper = createClipper(agc);
    const gradients = { W: Float32Array.of(3, 1e-3, 4, 1e-3) };
    const step = clipBuffers(gradients, clipper, {
      weights: { W: Float32Array.of(100, 1, 0, 1) },
      shapes: { W: [2, 2] },
    });
    expect(step.action).toBe('scale');
    expect([...step.factors('W')]).toEqual([0.2, 1]);
    expect([...gradients.W]).toEqual([Math.fround(0.6), Math.fround(1e-3), Math.fround(0.8), Math.fround(1e-3)]);
    expect(() => clipBuffers(gradients, clipper)).toThrow(code('WEIGHTS_MISSING'));
    expect(clipBuffers(gradients, clipper, { weights: gradients }).step).toBe(1);
  });

  it('sets bad elements to 0 and decides on the rest', () => {
    for (const scope of ['global', 'tensor'] as Scope[]) {
      const gradients = { W: Float32Array.of(NaN, 3, 4), b: Float64Array.of(0.5, Infinity) };
      const step = clipBuffers(gradients, createClipper(1, { scope, onNonFinite: 'zero' }));
      expect(step).toMatchObject({ action: 'zero', proceed: true });
      expect(gradients.W[0]).toBe(0);
      expect(gradients.b[1]).toBe(0);
      expect(normOf([gradients.W])).toBeLessThanOrEqual(LIMIT);
      expect(gradients.b[0]).toBe(scope === 'tensor' ? 0.5 : 0.5 * step.factor!);
    }
  });

  it('changes nothing when it skips, passes what is bad, halts, throws or observes', () => {
    const skip = definePolicy({ name: 'never', init: () => null, decide: () => [{ skip: 'not today' }, null] });
    const fresh = (): { W: Float32Array; b: Float64Array } => ({
      W: Float32Array.of(30, 40),
      b: Float64Array.of(1, NaN),
    });
    const clippers = [
      createClipper(1),
      createClipper(1, { onNonFinite: 'pass' }),
      createClipper(1, { nonFiniteBudget: 1 }),
      createClipper(1, { onNonFinite: 'throw' }),
      createClipper(1, { onNonFinite: 'zero', observe: true }),
      createClipper(skip),
    ];
    for (const clipper of clippers) {
      clipper.alerts$.subscribe();
      const gradients = fresh();
      try {
        clipBuffers(gradients, clipper);
      } catch (error) {
        expect(error).toEqual(code('NON_FINITE'));
      }
      expect(gradients).toEqual(fresh());
    }
    const watched = { W: Float32Array.of(30, 40) };
    const step = clipBuffers(watched, createClipper(1, { observe: true }));
    expect(step).toMatchObject({ action: 'scale', applied: false, proceed: true });
    expect([...watched.W]).toEqual([30, 40]);
    expect([...watched.W]).toEqual([30, 40]);
    const skipped = { W: Float32Array.of(30, 40) };
    expect(clipBuffers(skipped, createClipper(skip))).toMatchObject({ action: 'skip', proceed: false });
    expect([...skipped.W]).toEqual([30, 40]);
  });

  it('takes no step when the gradients are refused', () => {
    const clipper = createClipper(1);
    const W = Float32Array.of(3, 4);
    const wrong = [
      { W, b: [1] },
      { W, b: new Float32Array(W.buffer, 4) },
    ] as unknown as BufferSet[];
    for (const gradients of wrong) expect(() => clipBuffers(gradients, clipper)).toThrow();
    expect([...W]).toEqual([3, 4]);
    expect(clipBuffers({ W }, clipper).step).toBe(0);
  });

  it('applies what it measured, whatever an observer measures meanwhile', () => {
    const clipper = createClipper(1, { scope: 'unit' });
    const W = Float32Array.of(3, 0.1, 4, 0.2);
    clipper.decisions$.subscribe(() => void measureBuffers({ W }, planOf(1, 'unit'), { shapes: { W: [1, 4] } }));
    clipBuffers({ W }, clipper, { shapes: { W: [2, 2] } });
    expect([...W]).toEqual([0.6, 0.1, 0.8, 0.2].map(Math.fround));
  });

  it('passes step, loss and learning rate on', () => {
    const seen: unknown[] = [];
    const policy = definePolicy({
      name: 'spy',
      needs: ['loss', 'learningRate'],
      init: () => null,
      decide: (_, { step, loss, learningRate }) => (seen.push([step, loss, learningRate]), [Infinity, null]),
    });
    const clipper = createClipper(policy);
    const W = Float32Array.of(1);
    clipBuffers({ W }, clipper, { loss: 2, learningRate: 0.1, step: 0 });
    expect(seen).toEqual([[0, 2, 0.1]]);
    expect(() => clipBuffers({ W }, clipper, { loss: 2, learningRate: 0.1, step: 5 })).toThrow();
  });
});

describe('the two-step form', () => {
  it('does what clipBuffers does', () => {
    for (const scope of ['global', 'tensor', 'unit'] as const) {
      const fresh = (): { W: Float32Array; b: Float64Array } => ({
        W: Float32Array.of(1, 2, 3, 4, 5, 6),
        b: Float64Array.of(0.1),
      });
      const [whole, halves] = [fresh(), fresh()];
      const options = { shapes: { W: [2, 3] } };
      const step = clipBuffers(whole, createClipper(2, { scope }), options);
      const clipper = createClipper(2, { scope });
      const decision = clipper.decide(measureBuffers(halves, clipper.plan, options));
      applyToBuffers(halves, decision, options);
      expect(halves).toEqual(whole);
      expect(decision.decisions).toEqual(step.decisions);
    }
  });

  it('clips gradients in two places as one', () => {
    const clipper = createClipper(1);
    const [here, there] = [{ W: Float32Array.of(3) }, { V: Float32Array.of(4) }];
    const joined = mergeMeasurements([measureBuffers(here, clipper.plan), measureBuffers(there, clipper.plan)]);
    const step = clipper.decide(joined);
    applyToBuffers(here, step);
    applyToBuffers(there, step);
    expect([here.W[0], there.V[0]]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect(() => applyToBuffers(there, step)).toThrow(code('ALREADY_APPLIED'));
    expect(() => applyToBuffers({ other: Float32Array.of(1) }, step)).toThrow(code('UNKNOWN_TENSOR'));
  });

  it('is not added to the one-step form', () => {
    const W = Float32Array.of(3, 4);
    const step = clipBuffers({ W }, createClipper(1));
    expect(() => applyToBuffers({ W }, step)).toThrow(code('ALREADY_APPLIED'));
    expect(W[0]).toBe(Math.fround(0.6));
  });

  it('tells detached buffers at both halves', () => {
    const clipper = createClipper(1);
    const gradients = { W: Float32Array.of(3, 4), b: Float32Array.of(12) };
    const step = clipper.decide(measureBuffers(gradients, clipper.plan));
    structuredClone(gradients.b, { transfer: [gradients.b.buffer] });
    expect(() => applyToBuffers(gradients, step)).toThrow(code('BUFFER_DETACHED'));
    expect([...gradients.W]).toEqual([3, 4]);
  });
});
