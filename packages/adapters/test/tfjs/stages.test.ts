import * as tf from '@tensorflow/tfjs-core';
import { createClipper, decode, definePolicy, encode } from '@gradclip/core';
import type { Clipper, GradientStages } from '@gradclip/core';
import { clipBuffers } from '@gradclip/adapters/buffers';
import { clipGradients, clipGradientsAsync, clipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClipGradientsOptions } from '@gradclip/adapters/tfjs';
import { adafactorClip, adopt, percentile, spam, stableAdamW, stableSpam, uClip } from '@gradclip/policies';
import { describe, expect, it } from 'vitest';
import { noise, read } from './support/values.ts';

const every = (): GradientStages => [spam(), stableSpam(), adafactorClip(), stableAdamW(), adopt(), uClip()];
type Map = Record<string, tf.Tensor>;

/** Both in one form. */
const ways = {
  clipGradients: async (gradients: Map, clipper: Clipper, options: ClipGradientsOptions) =>
    clipGradients(gradients, clipper, options),
  clipGradientsAsync: (gradients: Map, clipper: Clipper, options: ClipGradientsOptions) =>
    clipGradientsAsync(gradients, clipper, options),
} as const;

describe.each(['clipGradients', 'clipGradientsAsync'] as const)('%s with stages', (name) => {
  const clip = ways[name];

  it('does what clipBuffers does to the same values, bit for bit', async () => {
    const make = (): Clipper => createClipper(percentile({ p: 30 }));
    const [onTensors, onBuffers] = [make(), make()];
    for (let step = 0; step < 12; step++) {
      const gradients = { W: noise(step, [3, 4]), b: noise(step + 100, [4]) };
      const values = await read([gradients.W, gradients.b]);
      const buffers = { W: Float32Array.from(values[0]!), b: Float32Array.from(values[1]!) };
      const expected = clipBuffers(buffers, onBuffers, { stages: every() });
      const { step: decision, grads } = await clip(gradients, onTensors, { stages: every() });
      expect([decision.action, decision.norm]).toEqual([expected.action, expected.norm]);
      expect(await read([grads!['W']!, grads!['b']!])).toEqual([[...buffers.W], [...buffers.b]]);
      expect(grads!['W']!.shape).toEqual([3, 4]);
      expect(await read([gradients.W, gradients.b])).toEqual(values);
    }
    expect(encode(onTensors.state())).toBe(encode(onBuffers.state()));
  });

  it('makes one new tensor for each, the caller’s, and reads a list, absent entries in place', async () => {
    const stages = [uClip()];
    const list = [null, noise(1, [2]), noise(2, [2, 2])] as unknown as Map;
    const { numTensors } = tf.memory();
    const { grads } = await clip(list, createClipper(0.1), { stages });
    expect(tf.memory().numTensors).toBe(numTensors + 2);
    const [absent, a, b] = grads as unknown as tf.Tensor[];
    expect([absent, a!.shape, b!.shape]).toEqual([null, [2], [2, 2]]);
    tf.dispose([a!, b!]);
  });

  it('leaves no tensor and no state behind where the step is not taken', async () => {
    const skip = definePolicy({ name: 'skip', init: () => null, decide: () => [{ skip: 'always' }, null] });
    const W = noise(3, [4]);
    const bad = tf.tensor([1, NaN]);
    const cases: [Clipper, tf.Tensor, boolean][] = [
      [createClipper(skip), W, false],
      [createClipper(1, { observe: true }), W, true],
      [createClipper(1), bad, false],
      [createClipper(1, { onNonFinite: 'pass' }), bad, true],
    ];
    for (const [clipper, gradient, proceeds] of cases) {
      clipper.alerts$.subscribe();
      const { numTensors } = tf.memory();
      const { grads } = await clip({ W: gradient }, clipper, { stages: every() });
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(grads?.['W']).toBe(proceeds ? gradient : undefined);
      expect(clipper.state()).not.toHaveProperty('stages');
    }
  });

  it('goes on from a saved state', async () => {
    const clipper = createClipper(1);
    const send = async (own: Clipper, x: number): Promise<number[]> => {
      const { grads } = await clip({ W: tf.tensor([x]) }, own, { stages: [uClip()] });
      return (await read([grads!['W']!]))[0]!;
    };
    expect(await send(clipper, 2.5)).toEqual([1]);
    const again = createClipper(1);
    again.restore(decode(encode(clipper.state())));
    expect([await send(again, 0), await send(again, 0), await send(again, 0)]).toEqual([[1], [0.5], [0]]);
  });

  it('refuses what is no list of stages', async () => {
    const refused = async (): Promise<unknown> =>
      clip({ W: noise(1, [2]) }, createClipper(1), { stages: spam() as never });
    await expect(refused()).rejects.toMatchObject({ code: 'INVALID_STAGE' });
  });
});

it('clipOptimizer has no stages: it may be late, and stages need the values', () => {
  const options = { stages: [spam()] } as object;
  expect(() => clipOptimizer(tf.train.sgd(1), 1, options)).toThrow('clipOptimizer({ stages }) is not an option here.');
});
