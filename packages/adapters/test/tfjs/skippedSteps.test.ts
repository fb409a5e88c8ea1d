import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fixed, skipAbove } from '@gradclip/core';
import type { ClipAlert } from '@gradclip/core';
import { clipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedOptimizer, TfjsOptions } from '@gradclip/adapters/tfjs';
import { examples, smallModel } from './support/models.ts';
import { optimizers } from './support/optimizers.ts';
import { lossWithGradients, noise, read, slots, variables } from './support/values.ts';

// A device can take no step back: what is left out here is replaced by zeros there.
const EXACT: TfjsOptions = { clock: 'exact' };
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

type Step = 'good' | 'NaN' | 'Infinity' | 'large';

function gradientsOf(kind: Step, step: number): Record<string, tf.Tensor> {
  const W = noise(10 + step, [2, 3]);
  const b = noise(20 + step, [3]);
  if (kind === 'large') return { W: tf.mul(W, 1e6), b };
  if (kind === 'good') return { W, b };
  return { W, b: tf.tensor([0, kind === 'NaN' ? NaN : -Infinity, 1]) };
}

const ways: Readonly<
  Record<string, (optimizer: tf.Optimizer, of: Record<string, tf.Variable>, g: Record<string, tf.Tensor>) => void>
> = {
  minimize: (optimizer, of, g) => void optimizer.minimize(lossWithGradients(of, g), false, Object.values(of)),
  'applyGradients with a map': (optimizer, _, g) => optimizer.applyGradients(g),
  'applyGradients with a list': (optimizer, _, g) =>
    optimizer.applyGradients(Object.entries(g).map(([name, tensor]) => ({ name, tensor }))),
};

async function train(
  optimizer: tf.Optimizer,
  way: string,
  kinds: readonly Step[],
  only: readonly Step[],
): Promise<unknown> {
  const of = variables({ W: noise(1, [2, 3]), b: noise(2, [3]) });
  kinds.forEach((kind, step) => {
    if (only.includes(kind)) ways[way]!(optimizer, of, gradientsOf(kind, step));
  });
  return { weights: await read(Object.values(of)), slots: await slots(optimizer) };
}

function heard(optimizer: ClippedOptimizer): ClipAlert[] {
  const alerts: ClipAlert[] = [];
  optimizer.clipper.alerts$.subscribe((alert) => alerts.push(alert));
  return alerts;
}

describe.each(Object.keys(optimizers))('%s', (name) => {
  const make = optimizers[name]!;

  it.each(Object.keys(ways))('goes on after a bad step of %s as if it had never been', async (way) => {
    const kinds: Step[] = ['good', 'NaN', 'good', 'Infinity', 'NaN', 'good'];
    const optimizer = clipOptimizer(make(), Infinity, EXACT);
    heard(optimizer);
    const skipped = await train(optimizer, way, kinds, ['good', 'NaN', 'Infinity']);
    expect(skipped).toEqual(await train(make(), way, kinds, ['good']));
  });

  it('goes on after a step its policy skips as if it had never been', async () => {
    const kinds: Step[] = ['large', 'good', 'large', 'good', 'good'];
    const optimizer = clipOptimizer(make(), skipAbove(Infinity, fixed(1e3)), EXACT);
    const skipped = await train(optimizer, 'minimize', kinds, ['good', 'large']);
    expect(skipped).toEqual(await train(make(), 'minimize', kinds, ['good']));
    expect(optimizer.clipper.stats()).toMatchObject({ steps: 5, skipped: 2 });
  });
});

it('skips a batch of model.trainOnBatch that is not finite, and says so in the loss', async () => {
  const run = async (optimizer: tf.Optimizer, bad: boolean): Promise<unknown> => {
    const model = smallModel(optimizer);
    const { x, y } = examples(4);
    const losses = [await model.trainOnBatch(x, y)];
    if (bad) expect(await model.trainOnBatch(tf.mul(x, NaN), y)).toBeNaN();
    losses.push(await model.trainOnBatch(x, y));
    return { losses, weights: await read(model.getWeights()), slots: await slots(optimizer) };
  };
  const optimizer = clipOptimizer(tf.train.adam(0.1), Infinity, EXACT);
  const alerts = heard(optimizer);
  expect(await run(optimizer, true)).toEqual(await run(tf.train.adam(0.1), false));
  expect(alerts).toMatchObject([{ code: 'NON_FINITE', step: 1 }]);
  expect(alerts[0]!.message).toMatch(/my_dense\/kernel(_\d+)?\[0\] = NaN/);
});

it('names the variable and the element that is not finite', async () => {
  const optimizer = clipOptimizer(tf.train.sgd(0.1), 1, EXACT);
  const alerts = heard(optimizer);
  const reasons: unknown[] = [];
  optimizer.clipper.decisions$.subscribe(({ reason, norm }) => reasons.push([reason, norm]));
  await train(optimizer, 'minimize', ['NaN', 'Infinity'], ['NaN', 'Infinity']);
  expect(alerts.map((alert) => alert.code)).toEqual(['NON_FINITE', 'NON_FINITE']);
  expect(alerts[0]!.message).toContain('b[1] = NaN');
  expect(alerts[1]!.message).toContain('b[1] = -Infinity');
  expect(reasons).toEqual([
    [expect.stringContaining('b[1] = NaN'), NaN],
    [expect.stringContaining('b[1] = -Infinity'), NaN],
  ]);
});

it.each(Object.keys(ways))('halts in %s when the budget of bad steps is used up, and stays halted', async (way) => {
  const optimizer = clipOptimizer(tf.train.adam(0.1), 1, { ...EXACT, nonFiniteBudget: 2 });
  const alerts = heard(optimizer);
  const of = variables({ W: noise(1, [2, 3]), b: noise(2, [3]) });
  const step = (kind: Step): void => ways[way]!(optimizer, of, gradientsOf(kind, 0));
  step('good');
  const before = { weights: await read(Object.values(of)), slots: await slots(optimizer) };
  step('NaN');
  expect(() => step('NaN')).toThrow(code('HALTED'));
  const { numTensors } = tf.memory();
  expect(() => tf.tidy(() => step('good'))).toThrow(code('HALTED'));
  expect(tf.memory().numTensors).toBe(numTensors);
  expect({ weights: await read(Object.values(of)), slots: await slots(optimizer) }).toEqual(before);
  expect(alerts.map((alert) => alert.code)).toContain('HALTED');
  const { clipper } = optimizer;
  clipper.restore(clipper.state(), { clearFaults: true });
  step('good');
  expect(optimizer.iterations).toBe(2);
});

it("throws with onNonFinite: 'throw', before anything changes", async () => {
  const optimizer = clipOptimizer(tf.train.adam(0.1), 1, { ...EXACT, onNonFinite: 'throw' });
  const of = variables({ W: noise(1, [2, 3]), b: noise(2, [3]) });
  const before = await read(Object.values(of));
  const bad = gradientsOf('NaN', 0);
  const { numTensors } = tf.memory();
  expect(() => optimizer.minimize(lossWithGradients(of, bad), true)).toThrow(code('NON_FINITE'));
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(await read(Object.values(of))).toEqual(before);
  expect(optimizer.iterations).toBe(0);
});

it("trains on with onNonFinite: 'zero'", async () => {
  const optimizer = clipOptimizer(tf.train.sgd(1), 5, { ...EXACT, onNonFinite: 'zero' });
  heard(optimizer);
  const of = variables({ W: tf.zeros([2]), b: tf.zeros([3]) });
  optimizer.applyGradients({ W: tf.tensor([6, NaN]), b: tf.tensor([8, Infinity, 0]) });
  const [W, b] = await read(Object.values(of));
  expect([...W!, ...b!].map((x) => Math.abs(x))).toEqual([3, 0, 4, 0, 0].map((x) => expect.closeTo(x, 5)));
});
