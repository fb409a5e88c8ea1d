import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { definePlugin, encode, fixed, largest, warmup } from '@gradclip/core';
import type { ClipPolicy, StepDecision } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { decaying, movingAverage, percentile, policiesPlugin } from '@gradclip/policies';
import { attachClipper, clipOptimizer, registerClipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedBy, ClippedOptimizer, TfjsOptions } from '@gradclip/adapters/tfjs';
import { loadModel, savedArtifacts, smallModel, trainOnBatches } from './support/models.ts';
import { read, slots } from './support/values.ts';

/** Has numbers in its state that JSON does not know. */
function strange({ top }: { top: number }): ClipPolicy<{ last: number; least: number }> {
  return {
    name: 'strange',
    options: { top },
    init: () => ({ last: NaN, least: Infinity }),
    decide: (state, { norm }) => {
      const { last, least } = state;
      return [Number.isNaN(last) ? Infinity : least, { last: norm > top ? NaN : norm, least: Math.min(least, norm) }];
    },
  };
}

const registry = createRegistry([
  policiesPlugin,
  definePlugin({
    meta: { name: 'of-this-test', version: '1.0.0', apiVersion: 1 },
    policies: { strange: { create: strange } },
  }),
]);

const EXACT: TfjsOptions = { clock: 'exact' };

const clippers: Readonly<Record<string, readonly [by: ClippedBy, options?: TfjsOptions]>> = {
  'a threshold': [0.5],
  percentile: [percentile({ p: 30, window: 4 })],
  'movingAverage in its warm-up': [movingAverage({ warmup: 4, multiple: 0.8 })],
  decaying: [decaying({ from: 2, to: 0.1, steps: 5, schedule: 'cosine' })],
  combinators: [warmup(largest(percentile({ p: 10 }), fixed(0.1)), { steps: 2 })],
  'NaN and Infinity inside its state': [strange({ top: 4 })],
  'scope tensor': [movingAverage({ warmup: 1, multiple: 0.9 }), { scope: 'tensor' }],
  'scope unit': [percentile({ p: 50 }), { scope: 'unit' }],
  'groups by prefix': [
    [
      { match: 'my_dense/', policy: percentile({ p: 20 }) },
      { policy: 0.25, name: 'the_rest' },
    ],
  ],
  'groups by RegExp': [
    [
      { match: /\/KERNEL/i, policy: percentile({ p: 20 }), name: 'kernels', scope: 'tensor' },
      { match: /bias(_\d+)?$/, policy: movingAverage({ warmup: 1 }) },
    ],
  ],
  shadows: [percentile({ p: 60 }), { shadows: { a_shadow: percentile({ p: 5 }), other: 0.1 } }],
  'an envelope': [percentile({ p: 10 }), { envelope: { min: 0.2, max: 0.8 } }],
  'all options': [
    percentile({ p: 40 }),
    {
      norm: Infinity,
      epsilon: 1e-3,
      nonFiniteBudget: 3,
      onPolicyFault: 'halt',
      policyFaultBudget: 2,
      lateAfter: 7,
      maxLag: 3,
    },
  ],
  'a clipper that observes': [percentile({ p: 10 }), { observe: true }],
};

interface Saved {
  readonly original: ReturnType<typeof smallModel>;
  readonly loaded: Awaited<ReturnType<typeof loadModel>>;
  readonly optimizers: readonly [original: ClippedOptimizer, loaded: ClippedOptimizer];
}

/** A model three steps old, and the one that is loaded from what was saved of it. */
async function saveAndLoad(optimizer: ClippedOptimizer): Promise<Saved> {
  const original = smallModel(optimizer);
  await trainOnBatches(original, 0, 3);
  const loaded = await loadModel(await savedArtifacts(original));
  return { original, loaded, optimizers: [optimizer, loaded.optimizer as ClippedOptimizer] };
}

/** All that was decided from here on, key by key. */
function decided({ clipper }: ClippedOptimizer): unknown[] {
  const all: unknown[] = [];
  clipper.decisions$.subscribe((step: StepDecision) => all.push([step.action, step.norm, step.reason, step.decisions]));
  return all;
}

async function goOn({ original, loaded, optimizers }: Saved, from = 3): Promise<void> {
  const [expected, actual] = optimizers.map(decided);
  const losses = await trainOnBatches(original, from, from + 4);
  expect(await trainOnBatches(loaded, from, from + 4)).toEqual(losses);
  expect(actual).toEqual(expected);
  const [was, is] = optimizers.map(({ clipper }) => encode(clipper.state()));
  expect(is).toBe(was);
  expect(await read(loaded.getWeights())).toEqual(await read(original.getWeights()));
}

describe('a loaded model goes on bit for bit as the one that was saved', () => {
  it.each(Object.keys(clippers))('with %s', async (which) => {
    registerClipOptimizer(registry);
    const [by, options] = clippers[which]!;
    // SGD has no state of its own, so that nothing but the clipper can make a difference.
    const both = await saveAndLoad(clipOptimizer(tf.train.sgd(0.1), by, { ...EXACT, ...options }));
    expect(both.loaded.weights.map(({ name }) => name)).not.toEqual(both.original.weights.map(({ name }) => name));
    await goOn(both);
  });

  it('when it is saved and loaded once more, before and after further steps', async () => {
    registerClipOptimizer(registry);
    const by = clippers['scope tensor']!;
    const { original, loaded, optimizers } = await saveAndLoad(
      clipOptimizer(tf.train.sgd(0.1), by[0], { ...EXACT, ...by[1] }),
    );
    const second = await loadModel(await savedArtifacts(loaded));
    await goOn({ original, loaded: second, optimizers: [optimizers[0], second.optimizer as ClippedOptimizer] });
    const third = await loadModel(await savedArtifacts(second));
    await goOn({ original, loaded: third, optimizers: [optimizers[0], third.optimizer as ClippedOptimizer] }, 7);
  });

  it('when some steps, such as the last one before it is saved, do not reach all variables', async () => {
    registerClipOptimizer(registry);
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 20 }), { ...EXACT, scope: 'tensor' });
    const original = smallModel(optimizer);
    const stepInPart = (model: tfl.LayersModel): void => {
      const kernel = tf.engine().registeredVariables[model.weights[0]!.name]!;
      model.optimizer.minimize(() => tf.sum(tf.square(kernel)));
    };
    await trainOnBatches(original, 0, 3);
    stepInPart(original);
    const loaded = await loadModel(await savedArtifacts(original));
    const both: Saved = { original, loaded, optimizers: [optimizer, loaded.optimizer as ClippedOptimizer] };
    await goOn(both);
    stepInPart(original);
    stepInPart(loaded);
    await goOn(both, 7);
  });

  it('when the clipper was attached', async () => {
    registerClipOptimizer(registry);
    const inner = tf.train.sgd(0.1);
    attachClipper(inner, percentile({ p: 20 }), { ...EXACT, scope: 'tensor' });
    await goOn(await saveAndLoad(inner as unknown as ClippedOptimizer));
  });
});

it.each(['sgd', 'momentum', 'adagrad', 'adadelta', 'adam', 'rmsprop'] as const)(
  'saving and loading leaves of %s what it leaves without a clipper',
  async (name) => {
    registerClipOptimizer(registry);
    const run = async (wrap: (optimizer: tf.Optimizer) => tf.Optimizer): Promise<unknown> => {
      const optimizer = wrap(tf.train[name](0.05, 0.9));
      const model = smallModel(optimizer);
      await trainOnBatches(model, 0, 3);
      const { numTensors } = tf.memory();
      const artifacts = await savedArtifacts(model);
      const leaked = tf.memory().numTensors - numTensors;
      const loaded = await loadModel(artifacts);
      const losses = await trainOnBatches(loaded, 3, 6);
      return { leaked, losses, weights: await read(loaded.getWeights()), slots: await slots(loaded.optimizer) };
    };
    const bare = await run((optimizer) => optimizer);
    expect(await run((optimizer) => clipOptimizer(optimizer, Infinity, EXACT))).toEqual(bare);
  },
);

it('finds the state of renamed variables by position and shape, and leaves none over', async () => {
  registerClipOptimizer(registry);
  const { loaded, optimizers } = await saveAndLoad(
    clipOptimizer(tf.train.sgd(0.1), percentile({ p: 20 }), { ...EXACT, scope: 'tensor' }),
  );
  const { clipper } = optimizers[1];
  const keysBefore = [...clipper.stats().keys.keys()];
  const alerts: string[] = [];
  clipper.alerts$.subscribe(({ code }) => alerts.push(code));
  await trainOnBatches(loaded, 3, 105);
  expect(alerts).toEqual([]);
  expect([...clipper.stats().keys.keys()]).toEqual(keysBefore);
  expect(keysBefore).toHaveLength(4);
  expect(keysBefore.every((key) => key.startsWith('my_dense/') || key.startsWith('conv2d_1/'))).toBe(true);
});

it('writes a config of one text that tfjs does not rewrite', async () => {
  const config = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 10 })).getConfig();
  expect(Object.keys(config)).toEqual(['gradclip']);
  expect(config['gradclip']).toMatch(/^[A-Za-z0-9+/]+=*$/);
});
