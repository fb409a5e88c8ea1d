import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createClipper } from '@gradclip/core';
import type { ClipBound, ClipPolicy, Clipper, ClipperOptions, GradientNormEvent, Need } from '@gradclip/core';
import { clipGradients, clipOptimizer } from '@gradclip/adapters/tfjs';
import { lossWithGradients, read, variables } from './support/values.ts';

const near = (values: readonly number[]): unknown[] => values.map((x) => expect.closeTo(x, 5) as unknown);
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

function policyOf(
  bound: ClipBound | ((event: GradientNormEvent) => ClipBound),
  options: { needs?: readonly Need[]; scope?: 'unit' | 'tensor' } = {},
): ClipPolicy<null> {
  return {
    name: 'of-this-test',
    ...options,
    init: () => null,
    decide: (_, event) => [typeof bound === 'function' ? bound(event) : bound, null],
  };
}

/** Adaptive gradient clipping: each unit to a share of the norm of its weights. */
function agc(share: number): ClipPolicy<null> {
  return policyOf(({ weightNorm }) => Math.max(weightNorm!, 1e-3) * share, { needs: ['weightNorm'], scope: 'unit' });
}

const gradients = (): Record<string, tf.Tensor> => ({ W: tf.tensor([3, 0, -4, 0.5], [2, 2]), b: tf.tensor([-12]) });

async function clipped(by: ClipPolicy | number, options?: ClipperOptions): Promise<Record<string, number[]>> {
  const { grads } = clipGradients(gradients(), createClipper(by, options));
  const values = await read(Object.values(grads!));
  return Object.fromEntries(Object.keys(grads!).map((name, i) => [name, values[i]!]));
}

describe('each kind of bound', () => {
  it('clamp limits each element', async () => {
    const by = policyOf({ clamp: 2 }, { needs: ['maxAbs'] });
    const { step } = clipGradients(gradients(), createClipper(by));
    expect(step).toMatchObject({ action: 'clamp', normAfter: NaN });
    expect(await clipped(by)).toEqual({ W: [2, 0, -2, 0.5], b: [-2] });
    expect(await clipped(by, { scope: 'unit' })).toEqual({ W: [2, 0, -2, 0.5], b: [-2] });
  });

  it('a clamp of a unit limits the elements of that unit', async () => {
    const by = policyOf(({ key }) => (key === 'W#0' ? { clamp: 1 } : Infinity), {
      needs: ['maxAbs'],
      scope: 'unit',
    });
    expect(await clipped(by)).toEqual({ W: [1, 0, -1, 0.5], b: [-12] });
  });

  it('factor multiplies, also by more than 1', async () => {
    expect(await clipped(policyOf({ factor: 0.5 }))).toEqual({ W: [1.5, 0, -2, 0.25], b: [-6] });
    expect(await clipped(policyOf({ factor: 2 }))).toEqual({ W: [6, 0, -8, 1], b: [-24] });
  });

  it('threshold and target: what is above the one lands on the other', async () => {
    const by = policyOf({ threshold: 4, target: 1 }, { scope: 'tensor' });
    const { W, b } = await clipped(by);
    const norm = Math.hypot(3, 4, 0.5);
    expect(W).toEqual(near([3 / norm, 0, -4 / norm, 0.5 / norm]));
    expect(b).toEqual(near([-1]));
    expect(await clipped(policyOf({ threshold: 14, target: 1 }))).toEqual({ W: [3, 0, -4, 0.5], b: [-12] });
  });

  it('skip gives back nothing', () => {
    const { step, grads } = clipGradients(gradients(), createClipper(policyOf({ skip: 'calibrating' })));
    expect(grads).toBeNull();
    expect(step).toMatchObject({ action: 'skip', reason: 'calibrating' });
  });
});

it('scope unit has a norm for each output of a layer, along the last axis', async () => {
  const { step } = clipGradients(gradients(), createClipper(1, { scope: 'unit' }));
  expect(step.decisions.map(({ key, norm }) => [key, norm])).toEqual([
    ['W#0', 5],
    ['W#1', 0.5],
    ['b#0', 12],
  ]);
  expect(await clipped(1, { scope: 'unit' })).toEqual({ W: near([0.6, 0, -0.8, 0.5]), b: near([-1]) });
});

it.each([1, 2, 3, Infinity])('norms of order %s', async (norm) => {
  const all = [3, 0, 4, 0.5, 12];
  const power = all.reduce((sum, x) => sum + x ** norm, 0);
  const expected = norm === Infinity ? 12 : power ** (1 / norm);
  const { step, grads } = clipGradients(gradients(), createClipper(1, { norm }));
  expect(step.norm).toBeCloseTo(expected, 4);
  expect((await read([grads!['b']!]))[0]).toEqual(near([-12 / expected]));
});

describe('policies that compare gradients with weights', () => {
  it('get the norms of the variables of the same names, unit by unit', async () => {
    variables({ W: tf.tensor([6, 1, 8, 0], [2, 2]), b: tf.tensor([0.5]) });
    const seen: unknown[] = [];
    const watch = policyOf(({ key, weightNorm }) => (seen.push([key, weightNorm]), Infinity), {
      needs: ['weightNorm'],
      scope: 'unit',
    });
    clipGradients(gradients(), createClipper(watch));
    expect(seen).toEqual([
      ['W#0', 10],
      ['W#1', 1],
      ['b#0', 0.5],
    ]);
    expect(await clipped(agc(0.1))).toEqual({ W: near([0.6, 0, -0.8, 0.1]), b: near([-0.05]) });
  });

  it('clip in front of an optimizer', async () => {
    const of = variables({ W: tf.tensor([6, 1, 8, 0], [2, 2]), b: tf.tensor([0.5]) });
    const optimizer = clipOptimizer(tf.train.sgd(1), agc(0.1), { clock: 'exact' });
    optimizer.minimize(lossWithGradients(of, gradients()), false, Object.values(of));
    expect(await read(Object.values(of))).toEqual([near([5.4, 1, 8.8, -0.1]), near([0.55])]);
  });

  const unknown: Readonly<Record<string, readonly [given: () => unknown, tensor: string]>> = {
    'a list': [() => Object.values(gradients()), '0'],
    'a name that no variable has': [() => ({ 'W/elsewhere': tf.ones([2]) }), 'W/elsewhere'],
    'a name whose variable has another size': [() => ({ b: tf.ones([2]) }), 'b'],
  };
  it.each(Object.keys(unknown))('refuse %s', (which) => {
    variables({ W: tf.tensor([6, 1, 8, 0], [2, 2]), b: tf.tensor([0.5]) });
    const [given, tensor] = unknown[which]!;
    const clipper = createClipper(agc(0.1));
    const { numTensors } = tf.memory();
    const set = given() as Record<string, tf.Tensor>;
    const own = Object.keys(set).length;
    expect(() => clipGradients(set, clipper)).toThrow(code('WEIGHTS_MISSING'));
    expect(() => clipGradients(set, clipper)).toThrow(expect.objectContaining({ where: { tensor } }));
    expect(tf.memory().numTensors).toBe(numTensors + own);
    expect(clipper.stats().steps).toBe(0);
  });
});

describe('what the caller knows of the step', () => {
  const needs = ['loss', 'learningRate'] as const;
  const bound = ({ loss, learningRate }: GradientNormEvent): number => loss! / learningRate!;
  const clip = (clipper: Clipper, context?: object): number =>
    clipGradients({ W: tf.tensor([8]) }, clipper, context).step.normAfter;

  it('reaches the policy', () => {
    const clipper = createClipper(policyOf(bound, { needs }));
    expect(clip(clipper, { loss: 1, learningRate: 0.5 })).toBeCloseTo(2, 6);
    expect(clip(clipper, { loss: 9, learningRate: 1, step: 1 })).toBe(8);
    expect(() => clip(clipper, { loss: 9, learningRate: 1, step: 1 })).toThrow(code('STEP_OUT_OF_ORDER'));
  });

  it('is missed where a policy needs it, before anything changes', () => {
    const clipper = createClipper(policyOf(bound, { needs }));
    expect(() => clip(clipper)).toThrow(code('INVALID_CONTEXT'));
    expect(() => clip(clipper, { loss: 1 })).toThrow(code('INVALID_CONTEXT'));
    expect(clipper.stats().steps).toBe(0);
  });

  it('makes a bad step where the loss is not finite', () => {
    const clipper = createClipper(policyOf(bound, { needs }));
    clipper.alerts$.subscribe();
    const { step, grads } = clipGradients({ W: tf.tensor([8]) }, clipper, { loss: NaN, learningRate: 1 });
    expect(grads).toBeNull();
    expect(step).toMatchObject({ action: 'skip', reason: expect.stringContaining('the loss is NaN') as string });
  });
});
