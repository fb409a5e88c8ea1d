import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createClipper } from '@gradclip/core';
import type { Clipper, StepContext } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { clipGradients, clipGradientsAsync } from '@gradclip/adapters/tfjs';
import { noise, read } from './support/values.ts';

type Map = Record<string, tf.Tensor>;

/** Both in one form. */
const ways = {
  clipGradients: async (gradients: Map, clipper: Clipper, context?: StepContext) =>
    clipGradients(gradients, clipper, context),
  clipGradientsAsync: (gradients: Map, clipper: Clipper, context?: StepContext) =>
    clipGradientsAsync(gradients, clipper, context),
} as const;

const near = (values: readonly number[]): unknown[] => values.map((x) => expect.closeTo(x, 5) as unknown);
const three4 = (): Map => ({ W: tf.tensor([3, 0], [1, 2]), b: tf.tensor([4]) });

describe.each(['clipGradients', 'clipGradientsAsync'] as const)('%s', (name) => {
  const clip = ways[name];

  it('returns the form it was given: a map, a list, absent entries in place', async () => {
    const [W, b] = Object.values(three4());
    const map = { first: null, W, second: undefined, b } as unknown as Map;
    const asMap = await clip(map, createClipper(1));
    expect(Object.keys(asMap.grads!)).toEqual(['first', 'W', 'second', 'b']);
    expect([asMap.grads!['first'], asMap.grads!['second']]).toEqual([null, undefined]);
    expect(await read([asMap.grads!['W']!, asMap.grads!['b']!])).toEqual([near([0.6, 0]), near([0.8])]);
    expect(asMap.grads!['W']!.shape).toEqual([1, 2]);
    expect(asMap.step).toMatchObject({ step: 0, action: 'scale', norm: 5, proceed: true });

    const list = [undefined, W, null, b] as unknown as tf.Tensor[];
    const asList = (await clip(list as unknown as Map, createClipper(1))).grads as unknown as tf.Tensor[];
    expect(Array.isArray(asList)).toBe(true);
    expect([asList.length, asList[0], asList[2]]).toEqual([4, undefined, null]);
    expect(await read([asList[1]!, asList[3]!])).toEqual([near([0.6, 0]), near([0.8])]);
  });

  it('takes the empty map and the empty list', async () => {
    const [clipper, alerts] = [createClipper(1), [] as string[]];
    clipper.alerts$.subscribe((alert) => alerts.push(alert.code));
    expect(await clip({}, clipper)).toMatchObject({ grads: {}, step: { action: 'pass', norm: 0 } });
    const list = [null] as unknown as Map;
    expect((await clip(list, clipper)).grads).toEqual([null]);
    expect(alerts).toEqual(['GROUP_EMPTY']);
  });

  it('returns the same tensors where nothing changes', async () => {
    const given = three4();
    for (const clipper of [createClipper(5), createClipper(Infinity), createClipper(1e-3, { observe: true })]) {
      const { numTensors } = tf.memory();
      const { grads } = await clip(given, clipper);
      expect(grads!['W']).toBe(given['W']);
      expect(grads!['b']).toBe(given['b']);
      expect(tf.memory().numTensors).toBe(numTensors);
    }
  });

  it('returns the same tensors where only others change', async () => {
    const given = three4();
    const { grads } = await clip(given, createClipper(3.5, { scope: 'tensor' }));
    expect(grads!['W']).toBe(given['W']);
    expect(await read([grads!['b']!])).toEqual([near([3.5])]);
  });

  it('returns new tensors that are the caller’s, and changes and disposes of none it was given', async () => {
    const given = three4();
    const before = await read(Object.values(given));
    const { numTensors } = tf.memory();
    const { grads } = await clip(given, createClipper(1));
    expect(tf.memory().numTensors).toBe(numTensors + 2);
    tf.dispose(grads!);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await read(Object.values(given))).toEqual(before);
  });

  it('gives back nothing for a step that is skipped, and leaves nothing behind', async () => {
    const given = { W: tf.tensor([30, NaN]), b: tf.tensor([4]) };
    const clipper = createClipper(1);
    const alerts: string[] = [];
    clipper.alerts$.subscribe(({ message }) => alerts.push(message));
    const { numTensors } = tf.memory();
    const { step, grads } = await clip(given, clipper);
    expect(grads).toBeNull();
    expect(step).toMatchObject({ action: 'skip', proceed: false, norm: NaN });
    expect(alerts[0]).toContain('W[1] = NaN');
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await read(Object.values(given))).toEqual([[30, NaN], [4]]);
  });

  it("throws with onNonFinite: 'throw', without a step", async () => {
    const clipper = createClipper(1, { onNonFinite: 'throw' });
    const { numTensors } = tf.memory();
    const bad = { W: tf.tensor([Infinity]) };
    await expect(async () => clip(bad, clipper)).rejects.toThrow(expect.objectContaining({ code: 'NON_FINITE' }));
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    expect(clipper.stats().steps).toBe(0);
    expect((await clip(three4(), clipper)).step.step).toBe(0);
  });

  it("sets bad elements to 0 with onNonFinite: 'zero', and decides on the rest", async () => {
    const clipper = createClipper(1, { onNonFinite: 'zero' });
    clipper.alerts$.subscribe();
    const { step, grads } = await clip({ W: tf.tensor([3, NaN]), b: tf.tensor([-Infinity, 4]) }, clipper);
    expect(step).toMatchObject({ action: 'zero', norm: 5, proceed: true });
    const values = await read(Object.values(grads!));
    expect(values.flat().map((x) => x + 0)).toEqual(near([0.6, 0, 0, 0.8]));
  });

  it("returns them as they are with onNonFinite: 'pass'", async () => {
    const clipper = createClipper(1, { onNonFinite: 'pass' });
    clipper.alerts$.subscribe();
    const given = { W: tf.tensor([30, NaN]), b: tf.tensor([40]) };
    const { step, grads } = await clip(given, clipper);
    expect(step.action).toBe('pass');
    expect([grads!['W'], grads!['b']]).toEqual([given['W'], given['b']]);
  });

  it('counts two gradients in one piece of memory twice, and scales each once', async () => {
    // As those of a and b in a + b are.
    const [a, b] = [tf.tensor([1, 1]), tf.tensor([2, 2])];
    const { grads } = tf.tidy(() => {
      const [da, db] = tf.grads((x, y) => tf.mul(tf.add(x, y), tf.tensor([3, 4])))([a, b]);
      return { grads: { a: da!, b: db! } };
    });
    for (const scope of ['global', 'tensor'] as const) {
      const { step, grads: clipped } = await clip(grads, createClipper(1, { scope }));
      expect(step.norm).toBeCloseTo(Math.sqrt(50), 5);
      const factor = scope === 'global' ? 1 / Math.sqrt(50) : 1 / 5;
      const expected = near([3 * factor, 4 * factor]);
      expect(await read([clipped!['a']!, clipped!['b']!])).toEqual([expected, expected]);
    }
    expect(await read(Object.values(grads))).toEqual([
      [3, 4],
      [3, 4],
    ]);
  });
});

it('inside tf.tidy, what is returned lives on and the rest does not', async () => {
  const given = three4();
  const { numTensors } = tf.memory();
  const kept = tf.tidy(() => {
    const { grads } = clipGradients(given, createClipper(1));
    tf.mul(grads!['W']!, 2);
    return grads!['W']!;
  });
  expect(tf.memory().numTensors).toBe(numTensors + 1);
  expect(await read([kept])).toEqual([near([0.6, 0])]);
  expect(await read(Object.values(given))).toEqual([[3, 0], [4]]);
});

it('without waiting for one another, steps are decided in the order of the calls', async () => {
  const [one, other] = [1, 2].map(() => createClipper(percentile({ p: 30, window: 3 })));
  const sets = Array.from({ length: 6 }, (_, i): Map => ({ W: noise(i, [50]), ...(i % 2 && { b: noise(9, [3]) }) }));
  const expected = sets.map((set) => clipGradients(set, one!).step);
  const steps = await Promise.all(sets.map(async (set) => (await clipGradientsAsync(set, other!)).step));
  expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(steps.map(({ decisions }) => decisions)).toEqual(expected.map(({ decisions }) => decisions));
});

it('one that is refused does not hold up those after it', async () => {
  const clipper = createClipper(1, { onNonFinite: 'throw' });
  const [bad, good] = [clipGradientsAsync({ W: tf.tensor([NaN]) }, clipper), clipGradientsAsync(three4(), clipper)];
  await expect(bad).rejects.toThrow(expect.objectContaining({ code: 'NON_FINITE' }));
  expect((await good).step).toMatchObject({ step: 0, norm: 5 });
});

it('a step that waits is decided on its own numbers, whatever is decided in between', async () => {
  const clipper = createClipper(1);
  const waiting = clipGradientsAsync({ W: tf.tensor([3, 4]) }, clipper);
  const between: number[] = [];
  for (let i = 0; i < 4; i++) {
    await Promise.resolve();
    between.push(clipGradients({ W: tf.tensor([60, 80]) }, clipper).step.norm);
  }
  expect(between).toEqual([100, 100, 100, 100]);
  const { step, grads } = await waiting;
  expect(step.norm).toBe(5);
  expect(await read([grads!['W']!])).toEqual([near([0.6, 0.8])]);
});
