import { createClipper } from '@gradclip/core';
import { clipGradients, clipGradientsAsync } from '@gradclip/adapters/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { random } from '../oracle.ts';
import { backend } from './backend.ts';
import { normOf, relativeError } from './lateSupport/norms.ts';
import { gradientsOf, runLate, tensorsOf, watched } from './lateSupport/run.ts';
import type { Values } from './lateSupport/run.ts';

// What a device reports whose textures have 16 bits for a number: squares are Infinity from 256 on, 0 below 2^-12.
beforeEach(() => {
  vi.spyOn(tf.backend(), 'floatPrecision').mockReturnValue(16);
  if (backend === 'webgl') tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false);
});
afterEach(() => {
  vi.restoreAllMocks();
  if (backend === 'webgl') tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
});

const next = random(1);
const noise = (size: number, length: number): Float32Array =>
  Float32Array.from({ length: size }, () => length * (2 * next() - 1));
const gradients: readonly Values[] = [
  { a: noise(2000, 1), b: noise(3, 1) },
  { a: noise(100, 60_000), b: Float32Array.of(300) },
  { a: noise(100, 1e-5), b: noise(7, 1e-8) },
  { a: noise(100, 1e30), b: noise(7, 1e-30) },
];
const joint = (values: Values, order: number): number =>
  normOf(
    Object.values(values).flatMap((own) => [...own]),
    order,
  );

/** Operations from now on. */
function kernels(): { readonly names: readonly string[] } {
  const names: string[] = [];
  const engine = tf.engine();
  const run = engine.runKernel.bind(engine);
  vi.spyOn(engine, 'runKernel').mockImplementation((...given) => {
    names.push(given[0]);
    return run(...given);
  });
  return { names };
}

describe('a backend of 16 bits', () => {
  it.each([1, 2, 3, Infinity])('has the norm reduced in float64, of order %d', async (norm) => {
    for (const values of gradients) {
      const clipper = createClipper(Infinity, { norm });
      const tensors = tensorsOf(values, {});
      const { names } = kernels();
      const steps = [clipGradients(tensors, clipper).step, (await clipGradientsAsync(tensors, clipper)).step];
      expect(names).toEqual([]);
      for (const step of steps) expect(relativeError(step.norm, joint(values, norm))).toBeLessThan(1e-12);
      vi.mocked(tf.engine().runKernel).mockRestore();
    }
  });

  it.each(['auto', 'late', 'exact'] as const)('has every step done exactly with clock %s', async (clock) => {
    const steps = gradientsOf(1, 6);
    const { decisions, alerts } = await runLate(watched(1, { clock }), steps, { lagOf: () => 3 });
    expect(decisions.map((decision) => decision.decisions[0])).toMatchObject(
      steps.map((_, step) => ({ step, clock: 'exact', basedOn: step })),
    );
    for (const { step, norm } of decisions) expect(relativeError(norm, joint(steps[step]!, 2))).toBeLessThan(1e-12);
    expect(alerts).toEqual([]);
  });

  it('at scope unit, too, and with the largest element', async () => {
    const steps = gradientsOf(2, 3);
    const { told } = await runLate(watched(1, { scope: 'unit' }), steps, { lagOf: () => 1 });
    for (const [step, { m }] of told) {
      const { 'a/w': w } = steps[step]!;
      const wanted = normOf(w!.filter((_, i) => i % 4 === 1));
      expect(relativeError(Math.sqrt(m.power[1]!) * (m.scale?.[1] ?? 1), wanted)).toBeLessThan(1e-12);
    }
  });

  it('names what is not finite', async () => {
    const { decisions } = await runLate(watched(1), [{ a: Float32Array.of(1, 2, NaN) }], { lagOf: () => 1 });
    expect(decisions[0]).toMatchObject({ action: 'skip', proceed: false });
    expect(decisions[0]!.reason).toContain('a[2] = NaN');
  });

  it('clips to the threshold, as well as it can', async () => {
    const [values] = gradients;
    const { received } = await runLate(watched(1), [values!], { lagOf: () => 0 });
    const after = normOf(Object.values(received.get(0)!).flatMap((own) => [...own]));
    // Elements of half floats have 11 bits.
    const [least, most] = backend === 'webgl' ? [1 - 2 ** -9, 1 + 2 ** -9] : [1 - 2 ** -22, 1 + 2 ** -23];
    expect(after).toBeGreaterThan(least);
    expect(after).toBeLessThanOrEqual(most);
  });
});

it('comes back to 32 bits: on a device, late steps are late again', async () => {
  vi.restoreAllMocks();
  if (backend === 'webgl') tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);
  const { decisions } = await runLate(watched(1), gradientsOf(1, 2), { lagOf: () => 1 });
  expect(decisions.map((decision) => decision.decisions[0]!.clock)).toEqual(['late', 'late']);
});
