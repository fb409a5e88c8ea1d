import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createClipper, fixed, skipAbove } from '@gradclip/core';
import type { StepDecision } from '@gradclip/core';
import { movingAverage, percentile } from '@gradclip/policies';
import { clipOptimizer, logsCallback } from '@gradclip/adapters/tfjs';
import type { ClippedOptimizer } from '@gradclip/adapters/tfjs';
import { HeldReads } from './lateSupport/heldReads.ts';
import { examples, smallModel } from './support/models.ts';

const BATCHES = 3;
const { x, y } = examples(12);
afterAll(() => tf.dispose([x, y]));
const ARGS = { batchSize: 4, shuffle: false, verbose: 0 } as const;

type History = Readonly<Record<string, readonly number[]>>;

function decisionsOf({ clipper }: ClippedOptimizer): StepDecision[] {
  const all: StepDecision[] = [];
  clipper.decisions$.subscribe((decision) => all.push(decision));
  return all;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the history should say of an epoch, from the decisions of its steps. */
function summary(steps: readonly StepDecision[]): Record<string, number> {
  const thresholds = steps.flatMap(({ threshold = Infinity }) => (threshold < Infinity ? [threshold] : []));
  const clipped = steps.filter(({ action }) => action === 'scale' || action === 'clamp');
  return {
    norm: mean(steps.map(({ norm }) => norm).filter(Number.isFinite)),
    ...(thresholds.length > 0 && { threshold: mean(thresholds) }),
    clipRate: clipped.length / steps.length,
  };
}

/** Compares the history, epoch by epoch. */
function expectSummaries(history: History, steps: readonly StepDecision[], batches = BATCHES): void {
  expect(steps.length % batches).toBe(0);
  for (let epoch = 0; epoch < steps.length / batches; epoch++) {
    const expected = summary(steps.slice(epoch * batches, (epoch + 1) * batches));
    for (const [name, value] of Object.entries(expected)) expect(history[name]![epoch]).toBeCloseTo(value, 10);
  }
}

describe('logsCallback puts into the history of each epoch', () => {
  it('the mean norm, the mean threshold and the clip rate', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }));
    const steps = decisionsOf(optimizer);
    const model = smallModel(optimizer);
    const { history } = await model.fit(x, y, { ...ARGS, epochs: 3, callbacks: logsCallback(optimizer.clipper) });
    expect(Object.keys(history).sort()).toEqual(['clipRate', 'loss', 'norm', 'threshold']);
    expect(steps).toHaveLength(9);
    // The first step has no threshold, and others clip.
    expect(steps.some(({ action }) => action === 'scale')).toBe(true);
    expectSummaries(history as unknown as History, steps);
  });

  it('the same through fitDataset', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }));
    const steps = decisionsOf(optimizer);
    const pairs = tfd.zip({
      xs: tfd.array((await x.array()) as number[][]),
      ys: tfd.array((await y.array()) as number[][]),
    });
    const args = { epochs: 2, verbose: 0, callbacks: logsCallback(optimizer.clipper) } as const;
    const { history } = await smallModel(optimizer).fitDataset(pairs.batch(5), args);
    expectSummaries(history as unknown as History, steps, 3);
  });

  it('no threshold where there are several keys', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }), { scope: 'tensor' });
    const steps = decisionsOf(optimizer);
    const callbacks = logsCallback(optimizer.clipper);
    const { history } = await smallModel(optimizer).fit(x, y, { ...ARGS, epochs: 2, callbacks });
    expect(Object.keys(history)).not.toContain('threshold');
    expectSummaries(history as unknown as History, steps);
  });

  it('an entry an epoch, also while no threshold is in force', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), movingAverage({ warmup: BATCHES + 1 }));
    const callbacks = logsCallback(optimizer.clipper);
    const { history } = await smallModel(optimizer).fit(x, y, { ...ARGS, epochs: 2, callbacks });
    expect(history['threshold']).toEqual([Infinity, expect.closeTo(optimizer.clipper.stats().mean * 2, -1)]);
    expect(history['threshold']).toHaveLength(history['loss']!.length);
  });

  it('norms of steps that were skipped, but not of those that were not finite', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), skipAbove(fixed(0.5), fixed(50)), { clock: 'exact' });
    const steps = decisionsOf(optimizer);
    optimizer.clipper.alerts$.subscribe();
    const third = (of: tf.Tensor, by: number): tf.Tensor => tf.mul(tf.slice(of, 8, 4), by);
    const inputs = tf.concat([tf.slice(x, 0, 4), tf.mul(tf.slice(x, 4, 4), NaN), third(x, 1)]);
    const targets = tf.concat([tf.slice(y, 0, 8), third(y, 100)]);
    const callbacks = logsCallback(optimizer.clipper);
    const { history } = await smallModel(optimizer).fit(inputs, targets, { ...ARGS, epochs: 1, callbacks });
    expect(steps.map(({ action }) => action)).toEqual(['scale', 'skip', 'skip']);
    expect(history['norm']).toEqual([expect.closeTo((steps[0]!.norm + steps[2]!.norm) / 2, 10)]);
    expect(history['clipRate']).toEqual([1 / 3]);
  });

  it('what would have been clipped, where the clipper observes', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), 1e-3, { observe: true });
    const callbacks = logsCallback(optimizer.clipper);
    const { history } = await smallModel(optimizer).fit(x, y, { ...ARGS, epochs: 1, callbacks });
    expect(history).toMatchObject({ clipRate: [1], threshold: [1e-3] });
  });

  it('the norms of late steps, for which it waits', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }), { clock: 'late' });
    const steps = decisionsOf(optimizer);
    const callbacks = logsCallback(optimizer.clipper);
    const { history } = await smallModel(optimizer).fit(x, y, { ...ARGS, epochs: 2, callbacks });
    expect(steps.map(({ decisions }) => decisions[0]!.clock)).toEqual(['exact', ...Array<string>(5).fill('late')]);
    expectSummaries(history as unknown as History, steps);
  });

  it('in each fit what is of that fit, also after one that failed', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }), { clock: 'exact' });
    const steps = decisionsOf(optimizer);
    const model = smallModel(optimizer);
    const callbacks = logsCallback(optimizer.clipper);
    for (const epochs of [1, 2]) {
      const { history } = await model.fit(x, y, { ...ARGS, epochs, callbacks });
      expectSummaries(history as unknown as History, steps.splice(0));
    }
    const stops = { onBatchEnd: () => Promise.reject(new Error('stopped')) };
    await expect(model.fit(x, y, { ...ARGS, callbacks: [callbacks, stops] })).rejects.toThrow('stopped');
    steps.length = 0;
    const { history } = await model.fit(x, y, { ...ARGS, epochs: 2, callbacks });
    expectSummaries(history as unknown as History, steps);
  });
});

describe('the logs of each batch', () => {
  /** Sees each batch before logsCallback hears of its end, as the progress line of tfjs does. */
  async function seen(optimizer: ClippedOptimizer): Promise<Record<string, number>[]> {
    const all: Record<string, number>[] = [];
    const progress = new tfl.CustomCallback({
      onBatchEnd: (_, logs) => void all.push({ ...(logs as Record<string, number>) }),
    });
    const callbacks = [progress, new tfl.CustomCallback(logsCallback(optimizer.clipper))];
    await smallModel(optimizer).fit(x, y, { ...ARGS, epochs: 2, callbacks });
    return all;
  }

  it('carry the norm, the threshold and the clip rate so far', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0.1), percentile({ p: 50 }), { clock: 'exact' });
    const steps = decisionsOf(optimizer);
    const logs = await seen(optimizer);
    expect(logs.map(({ norm }) => norm)).toEqual(steps.map(({ norm }) => norm));
    expect(logs.map(({ threshold }) => threshold)).toEqual(steps.map(({ threshold }) => threshold));
    const rates = steps.map((_, i) => summary(steps.slice(i - (i % BATCHES), i + 1))['clipRate']);
    expect(logs.map(({ clipRate }) => clipRate)).toEqual(rates);
  });

  it('have no threshold where there are several keys, which is known after the first', async () => {
    const logs = await seen(clipOptimizer(tf.train.sgd(0.1), 1, { scope: 'tensor', clock: 'exact' }));
    expect(logs).toHaveLength(6);
    for (const { norm, clipRate } of logs) expect([norm! > 0, clipRate! > 0]).toEqual([true, true]);
    for (const log of logs.slice(1)) expect(Object.keys(log)).not.toContain('threshold');
  });

  it('let other callbacks do their work: metrics, validation, stopping early by the norm', async () => {
    const optimizer = clipOptimizer(tf.train.sgd(0), 1);
    const model = smallModel(optimizer);
    model.compile({ optimizer, loss: 'meanSquaredError', metrics: ['mae'] });
    const callbacks = [
      new tfl.CustomCallback(logsCallback(optimizer.clipper)),
      tfl.callbacks.earlyStopping({ monitor: 'norm', patience: 1 }),
    ];
    const { history } = await model.fit(x, y, { ...ARGS, epochs: 9, validationData: [x, y], callbacks });
    expect(history['norm']!.length).toBeLessThan(9);
    expect(Object.keys(history).sort()).toEqual([
      'clipRate',
      'loss',
      'mae',
      'norm',
      'threshold',
      'val_loss',
      'val_mae',
    ]);
  });
});

it('leaves no tensor behind', async () => {
  const optimizer = clipOptimizer(tf.train.adam(0.1), percentile({ p: 50 }));
  const model = smallModel(optimizer);
  const callbacks = logsCallback(optimizer.clipper);
  await model.fit(x, y, { ...ARGS, epochs: 1, callbacks });
  const { numTensors } = tf.memory();
  await model.fit(x, y, { ...ARGS, epochs: 2, callbacks });
  expect(tf.memory().numTensors).toBe(numTensors);
});

it('hears nothing after the training', async () => {
  const clipper = createClipper(1);
  const optimizer = clipOptimizer(tf.train.sgd(0.1), clipper);
  let listeners = 0;
  const counted = new Proxy(clipper, {
    get: (of, name) => {
      const value: unknown = Reflect.get(of, name, of);
      if (name !== 'decisions$') return typeof value === 'function' ? (value.bind(of) as unknown) : value;
      return {
        subscribe: (next: (step: StepDecision) => void) => {
          listeners++;
          const subscription = of.decisions$.subscribe(next);
          return { unsubscribe: () => (listeners--, subscription.unsubscribe()) };
        },
      };
    },
  });
  await smallModel(optimizer).fit(x, y, { ...ARGS, epochs: 1, callbacks: logsCallback(counted) });
  expect(listeners).toBe(0);
});

it('late norms that take longer than ten batches are no sign of a clipper that is not in use', async () => {
  const reads = new HeldReads();
  const optimizer = clipOptimizer(tf.train.sgd(0.1), 1, { clock: 'late', lateAfter: 0 });
  const args = { epochs: 1, batchSize: 1, shuffle: false, verbose: 0, callbacks: logsCallback(optimizer.clipper) };
  const fit = smallModel(optimizer).fit(x, y, args);
  const timer = setInterval(() => void reads.releaseAll(), 20);
  const { history } = await fit.finally(() => clearInterval(timer));
  expect(history['norm']).toHaveLength(1);
  vi.restoreAllMocks();
});
