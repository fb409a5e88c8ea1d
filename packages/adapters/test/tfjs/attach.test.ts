import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createClipper } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { percentile, policiesPlugin } from '@gradclip/policies';
import { attachClipper, clipOptimizer, registerClipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedOptimizer, TfjsOptions } from '@gradclip/adapters/tfjs';
import { loadModel, savedArtifacts, smallModel, trainOnBatches } from './support/models.ts';
import { optimizers } from './support/optimizers.ts';
import { SignDescent } from './support/signDescent.ts';
import { lossWithGradients, noise, read, slots, variables } from './support/values.ts';

const EXACT: TfjsOptions = { clock: 'exact' };
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

function train(optimizer: tf.Optimizer, steps: number, of: Record<string, tf.Variable>): void {
  for (let step = 0; step < steps; step++) {
    const gradients = { W: noise(30 + step, [2, 3]), b: noise(40 + step, [3]) };
    optimizer.minimize(lossWithGradients(of, gradients), false, Object.values(of));
  }
}

const start = (): Record<string, tf.Variable> => variables({ W: noise(1, [2, 3]), b: noise(2, [3]) });

const after = async (optimizer: tf.Optimizer, of: Record<string, tf.Variable>): Promise<unknown> => ({
  weights: await read(Object.values(of)),
  slots: await slots(optimizer),
});

describe.each(Object.keys(optimizers))('%s', (name) => {
  const make = optimizers[name]!;

  it('trains in place as what clipOptimizer returns, and afterwards as without', async () => {
    const clipped = async (
      use: (optimizer: tf.Optimizer, of: Record<string, tf.Variable>) => void,
    ): Promise<unknown> => {
      const [optimizer, of] = [make(), start()];
      use(optimizer, of);
      return after(optimizer, of);
    };
    const wrapped = await clipped((optimizer, of) => {
      train(optimizer, 2, of);
      const outer = clipOptimizer(optimizer, 0.5, EXACT);
      train(outer, 2, of);
    });
    const attached = await clipped((optimizer, of) => {
      train(optimizer, 2, of);
      attachClipper(optimizer, 0.5, EXACT);
      train(optimizer, 2, of);
    });
    expect(attached).toEqual(wrapped);
    const detached = await clipped((optimizer, of) => {
      const detach = attachClipper(optimizer, 0.5, EXACT);
      train(optimizer, 2, of);
      detach();
      train(optimizer, 2, of);
    });
    const bareAgain = await clipped((optimizer, of) => {
      const inner = clipOptimizer(optimizer, 0.5, EXACT);
      train(inner, 2, of);
      train(optimizer, 2, of);
    });
    expect(detached).toEqual(bareAgain);
  });

  it('is the same object with the same properties when it is undone', async () => {
    const optimizer = make();
    const before = Object.getOwnPropertyDescriptors(optimizer);
    const detach = attachClipper(optimizer, 0.5);
    expect((optimizer as ClippedOptimizer).clipper).toBe(detach.clipper);
    expect(Object.getOwnPropertyDescriptors(optimizer)).not.toEqual(before);
    detach();
    expect(Object.getOwnPropertyDescriptors(optimizer)).toEqual(before);
    const [of, bare] = [start(), make()];
    train(optimizer, 3, of);
    const undone = await after(optimizer, of);
    const fresh = start();
    train(bare, 3, fresh);
    expect(undone).toEqual(await after(bare, fresh));
  });
});

it('works on a model that is compiled already, which goes on with the same moments', async () => {
  const run = async (attach: boolean): Promise<unknown> => {
    const model = smallModel(tf.train.adam(0.1));
    await trainOnBatches(model, 0, 2);
    const detach = attach ? attachClipper(model.optimizer, Infinity) : () => {};
    await trainOnBatches(model, 2, 4);
    detach();
    await trainOnBatches(model, 4, 6);
    return { weights: await read(model.getWeights()), slots: await slots(model.optimizer) };
  };
  expect(await run(true)).toEqual(await run(false));
});

it('leaves a minimize of its own in place, and clips what it applies', async () => {
  const [optimizer, of] = [new SignDescent(1), variables({ W: tf.zeros([1]), b: tf.zeros([1]) })];
  const detach = attachClipper(optimizer, 1, EXACT);
  optimizer.minimize(lossWithGradients(of, { W: tf.tensor([30]), b: tf.tensor([-40]) }));
  expect(optimizer.calls).toEqual(['minimize', 'applyGradients']);
  expect((await read(Object.values(of))).flat()).toEqual([
    expect.closeTo(-Math.sqrt(0.6), 5) as number,
    expect.closeTo(Math.sqrt(0.8), 5) as number,
  ]);
  detach();
  expect(Object.keys(optimizer)).not.toContain('minimize');
  optimizer.minimize(lossWithGradients(of, { W: tf.tensor([0]), b: tf.tensor([4]) }));
  expect((await read([of['b']!])).flat()).toEqual([expect.closeTo(Math.sqrt(0.8) - 2, 5)]);
});

it('saves an optimizer whose class has private fields', async () => {
  registerClipOptimizer(createRegistry([policiesPlugin]));
  tf.serialization.registerClass(SignDescent);
  const optimizer = new SignDescent(0.125);
  attachClipper(optimizer, percentile({ p: 10 }));
  const model = smallModel(optimizer);
  await trainOnBatches(model, 0, 2);
  const loaded = await loadModel(await savedArtifacts(model));
  expect(await trainOnBatches(loaded, 2, 4)).toEqual(await trainOnBatches(model, 2, 4));
});

describe('a clipper is of one optimizer', () => {
  it('until it is undone or disposed of', () => {
    const clipper = createClipper(1);
    const detach = attachClipper(tf.train.sgd(0.1), clipper);
    expect(() => attachClipper(tf.train.sgd(0.1), clipper)).toThrow(code('CLIPPER_IN_USE'));
    expect(() => clipOptimizer(tf.train.sgd(0.1), clipper)).toThrow(code('CLIPPER_IN_USE'));
    detach();
    const clipped = clipOptimizer(tf.train.sgd(0.1), clipper);
    expect(() => attachClipper(tf.train.sgd(0.1), clipper)).toThrow(code('CLIPPER_IN_USE'));
    clipped.dispose();
    const attached = tf.train.sgd(0.1);
    attachClipper(attached, clipper);
    expect(() => clipOptimizer(tf.train.sgd(0.1), clipper)).toThrow(code('CLIPPER_IN_USE'));
    attached.dispose();
    clipOptimizer(tf.train.sgd(0.1), clipper);
  });

  it('and undoing twice takes nothing from who has it then', () => {
    const [clipper, optimizer] = [createClipper(1), tf.train.sgd(0.1)];
    const detach = attachClipper(optimizer, clipper);
    detach();
    attachClipper(optimizer, clipper);
    detach();
    expect((optimizer as unknown as ClippedOptimizer).clipper).toBe(clipper);
    expect(() => clipOptimizer(tf.train.sgd(0.1), clipper)).toThrow(code('CLIPPER_IN_USE'));
  });

  it.each(['clipOptimizer', 'attachClipper'])('and neither does disposing twice of what %s clips', (name) => {
    const [clipper, optimizer] = [createClipper(1), tf.train.sgd(0.1)];
    const attach = (): tf.Optimizer => (attachClipper(optimizer, clipper), optimizer);
    const clipped = name === 'clipOptimizer' ? clipOptimizer(optimizer, clipper) : attach();
    clipped.dispose();
    clipOptimizer(tf.train.sgd(0.1), clipper);
    clipped.dispose();
    expect(() => clipOptimizer(tf.train.sgd(0.1), clipper)).toThrow(code('CLIPPER_IN_USE'));
  });
});

it('an optimizer has one clipper', () => {
  const [attached, inner] = [tf.train.sgd(0.1), tf.train.sgd(0.1)];
  attachClipper(attached, 1);
  const wrapped = clipOptimizer(inner, 1);
  const free = createClipper(1);
  for (const clip of [attachClipper, clipOptimizer])
    for (const optimizer of [attached, wrapped]) expect(() => clip(optimizer, free)).toThrow(code('CLIPPED_ALREADY'));
  // The refusals have not taken it.
  clipOptimizer(tf.train.sgd(0.1), free);
});
