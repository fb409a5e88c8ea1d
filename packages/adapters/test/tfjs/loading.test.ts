import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createClipper, GradclipError } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { movingAverage, percentile, policiesPlugin } from '@gradclip/policies';
import { attachClipper, clipOptimizer, registerClipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedBy, ClippedOptimizer, TfjsOptions } from '@gradclip/adapters/tfjs';
import { loadModel, savedArtifacts, smallModel, trainOnBatches } from './support/models.ts';
import { lossWithGradients, read, variables } from './support/values.ts';

const EXACT: TfjsOptions = { clock: 'exact' };
const registry = createRegistry([policiesPlugin]);
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

async function trained(by: ClippedBy, options: TfjsOptions = {}): Promise<ReturnType<typeof smallModel>> {
  const model = smallModel(clipOptimizer(tf.train.sgd(0.1), by, { ...EXACT, ...options }));
  await trainOnBatches(model, 0, 3);
  return model;
}

const clipperOf = ({ optimizer }: { optimizer: tf.Optimizer }): ClippedOptimizer['clipper'] =>
  (optimizer as ClippedOptimizer).clipper;

async function thrownBy(work: () => unknown): Promise<GradclipError> {
  try {
    await work();
  } catch (error) {
    return error as GradclipError;
  }
  throw new Error('Nothing was thrown.');
}

it('waits for attachClipper where it was loaded without a registry, and goes on with the saved state', async () => {
  registerClipOptimizer();
  const options = { ...EXACT, scope: 'tensor' } as const;
  const original = await trained(percentile({ p: 20 }), options);
  const loaded = await loadModel(await savedArtifacts(original));
  const before = await read(loaded.getWeights());
  const waiting = await thrownBy(() => trainOnBatches(loaded, 3, 4));
  expect(waiting.code).toBe('NO_CLIPPER');
  expect(waiting.advice).toMatch(/registerClipOptimizer\(createRegistry.*attachClipper\(model\.optimizer, policy\)/);
  expect(() => clipperOf(loaded)).toThrow(code('NO_CLIPPER'));
  await expect(savedArtifacts(loaded)).rejects.toThrow(code('NO_CLIPPER'));
  expect(await read(loaded.getWeights())).toEqual(before);

  const detach = attachClipper(loaded.optimizer, percentile({ p: 20 }), options);
  expect(detach.clipper).toBe(clipperOf(loaded));
  expect(detach.clipper.state()).toEqual(clipperOf(original).state());
  expect(() => attachClipper(loaded.optimizer, 1)).toThrow(code('CLIPPED_ALREADY'));
  expect(await trainOnBatches(loaded, 3, 6)).toEqual(await trainOnBatches(original, 3, 6));
  expect(detach.clipper.state()).toEqual(clipperOf(original).state());

  const again = await loadModel(await savedArtifacts(loaded));
  attachClipper(again.optimizer, percentile({ p: 20 }), options);
  expect(await trainOnBatches(again, 6, 8)).toEqual(await trainOnBatches(original, 6, 8));
  detach();
  await expect(trainOnBatches(loaded, 8, 9)).rejects.toThrow(code('NO_CLIPPER'));
});

it('refuses to attach another clipper than the saved one, which stays free', async () => {
  registerClipOptimizer();
  const loaded = await loadModel(await savedArtifacts(await trained(percentile({ p: 20 }))));
  const other = createClipper(movingAverage());
  const before = other.state();
  expect(() => attachClipper(loaded.optimizer, other)).toThrow(code('STATE_MISMATCH'));
  expect(other.state()).toEqual(before);
  attachClipper(tf.train.sgd(0.1), other);
  const fitting = createClipper(percentile({ p: 20 }));
  attachClipper(loaded.optimizer, fitting);
  expect(fitting.stats().steps).toBe(3);
});

it('stays halted', async () => {
  registerClipOptimizer(registry);
  const model = await trained(percentile({ p: 20 }), { nonFiniteBudget: 1 });
  clipperOf(model).alerts$.subscribe();
  await expect(model.trainOnBatch(tf.mul(tf.ones([4, 3]), NaN), tf.zeros([4, 1]))).rejects.toThrow(code('HALTED'));
  const loaded = await loadModel(await savedArtifacts(model));
  const before = await read(loaded.getWeights());
  await expect(trainOnBatches(loaded, 3, 4)).rejects.toThrow(code('HALTED'));
  expect(await read(loaded.getWeights())).toEqual(before);
  const clipper = clipperOf(loaded);
  clipper.restore(clipper.state(), { clearFaults: true });
  await trainOnBatches(loaded, 3, 4);
});

it('closes the late steps that are open when it is saved', async () => {
  registerClipOptimizer(registry);
  const of = variables({ W: tf.zeros([3]) });
  const gradients = (step: number): Record<string, tf.Tensor> => ({ W: tf.tensor([2 + step, 0, 0]) });
  const optimizer = clipOptimizer(tf.train.sgd(0.1), movingAverage({ warmup: 0 }), { clock: 'late' });
  const late: [number, string][] = [];
  optimizer.clipper.decisions$.subscribe(({ step, decisions }) => late.push([step, decisions[0]!.clock]));
  // The first has no bound and is exact.
  for (let step = 0; step < 4; step++) optimizer.minimize(lossWithGradients(of, gradients(step)));
  expect(late).toEqual([[0, 'exact']]);
  expect(() => optimizer.clipper.state()).toThrow(code('STEPS_IN_FLIGHT'));
  optimizer.getConfig();
  expect(late.slice(1)).toEqual([1, 2, 3].map((step) => [step, 'late']));
  const { numTensors } = tf.memory();
  await optimizer.clipper.settled();
  expect(tf.memory().numTensors).toBeLessThanOrEqual(numTensors);

  const model = smallModel(clipOptimizer(tf.train.sgd(0.1), movingAverage({ warmup: 0 }), { clock: 'late' }));
  await trainOnBatches(model, 0, 4);
  const loaded = await loadModel(await savedArtifacts(model));
  expect(clipperOf(loaded).state()).toEqual(clipperOf(model).state());
  expect(clipperOf(loaded).stats().steps).toBe(4);
});

const unsaveable: Readonly<Record<string, readonly [by: ClippedBy, says: RegExp]>> = {
  'a group that is matched by a function': [
    [
      { match: (name) => name.startsWith('my'), policy: 1, name: 'mine' },
      { policy: 2, name: 'rest' },
    ],
    /function.*prefix or a RegExp/i,
  ],
  'a policy without options': [
    { name: 'homemade', init: () => null, decide: () => [1, null] } as ClipPolicy<null>,
    /"homemade" has no options.*list it in a plugin/,
  ],
};

it.each(Object.keys(unsaveable))('refuses to save %s, and trains on', async (which) => {
  const [by, says] = unsaveable[which]!;
  const model = await trained(by);
  const refused = await thrownBy(() => savedArtifacts(model));
  expect(refused).toBeInstanceOf(GradclipError);
  expect(refused.code).toBe('NO_SPEC');
  expect(refused.message).toMatch(says);
  await trainOnBatches(model, 3, 4);
  expect(clipperOf(model).stats().steps).toBe(4);
});

it('cannot save adamax, as tfjs cannot', async () => {
  const refusal = async (optimizer: tf.Optimizer): Promise<string> => {
    const model = smallModel(optimizer);
    await trainOnBatches(model, 0, 1);
    return (await thrownBy(() => savedArtifacts(model))).message;
  };
  const bare = await refusal(tf.train.adamax(0.1));
  expect(bare).toMatch(/not implemented/);
  expect(await refusal(clipOptimizer(tf.train.adamax(0.1), 1))).toBe(bare);
});

it('names the policy that no plugin has', async () => {
  registerClipOptimizer(createRegistry());
  const refused = await thrownBy(async () => loadModel(await savedArtifacts(await trained(percentile({ p: 20 })))));
  expect(refused).toMatchObject({ code: 'UNKNOWN_POLICY' });
  expect(refused.message).toContain('percentile');
});

it('names the optimizer whose class is not registered, and loads it when it is', async () => {
  registerClipOptimizer(registry);
  class Unheard extends tf.SGDOptimizer {
    static override get className(): string {
      return 'UnheardOf';
    }
  }
  const model = smallModel(clipOptimizer(new Unheard(0.1), 1));
  await trainOnBatches(model, 0, 1);
  const artifacts = await savedArtifacts(model);
  const refused = await thrownBy(() => loadModel(artifacts));
  expect(refused).toMatchObject({ code: 'UNKNOWN_OPTIMIZER', where: { className: 'UnheardOf' } });
  expect(refused.advice).toContain('tf.serialization.registerClass');
  tf.serialization.registerClass(Unheard);
  await trainOnBatches(await loadModel(artifacts), 1, 2);
});

it.each([[{}], [{ gradclip: 'bm90aGluZw==' }], [{ gradclip: 'eyJ2ZXJzaW9uIjoyfQ==' }]])(
  'refuses a config of another making: %j',
  async (config) => {
    registerClipOptimizer(registry);
    const artifacts = await savedArtifacts(await trained(1));
    Object.assign(artifacts.trainingConfig!.optimizer_config, { config });
    const refused = await thrownBy(() => loadModel(artifacts));
    expect(refused).toMatchObject({ code: 'STATE_INVALID' });
    expect(refused.advice).toContain('without its optimizer');
  },
);
