import { createClipper } from '@gradclip/core';
import { attachClipper, clipGradients, clipGradientsAsync, clipOptimizer, logsCallback } from '@gradclip/adapters/tfjs';
import { percentile } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { isSlow } from './lateSupport/run.ts';
import { growth, memory, NOTHING, PLACES, Training } from './lateSupport/training.ts';

/** Of each kind with each clock, in each place; together more than 1000 of each kind. */
const STEPS = isSlow ? 20 : 250;
/** Some of the first steps make what stays: slots of the optimizer, layouts. */
const FIRST = 3;

/** What the steps after the first ones leave behind. */
async function grown(step: (i: number) => unknown, settled: () => unknown): Promise<unknown> {
  for (let i = 0; i < FIRST; i++) await step(i);
  await settled();
  const before = memory();
  for (let i = 0; i < STEPS; i++) await step(i);
  await settled();
  return growth(before);
}

const policies = { 'one threshold': () => 0.5, percentile: () => percentile({ p: 50, window: 20 }) };
const clocks = ['exact', 'late'] as const;

describe.each(clocks)('normal steps leave nothing behind with clock %s', (clock) => {
  describe.each(Object.keys(PLACES))('%s', (placed) => {
    const place = PLACES[placed]!;

    it.each(['minimize', 'minimize of a list', 'the loss that minimize returns', 'applyGradients'])(
      'of %s',
      async (how) => {
        for (const make of Object.values(policies)) {
          const training = new Training('leaksSteps');
          const { variables, loss } = training;
          const optimizer = clipOptimizer(tf.train.adam(1e-3), make(), { clock });
          const steps: Record<string, () => void> = {
            minimize: () => void optimizer.minimize(loss),
            'minimize of a list': () => void optimizer.minimize(loss, false, [...variables]),
            'the loss that minimize returns': () => optimizer.minimize(loss, true)!.dispose(),
            applyGradients() {
              const gradients = training.gradients();
              optimizer.applyGradients(gradients);
              tf.dispose(gradients);
            },
          };
          const { clipper } = optimizer;
          // Some wait, so that norms come back while others are on their way.
          const step = async (i: number): Promise<void> => {
            place(steps[how]!);
            if (i % 5 === 0) await clipper.settled();
          };
          expect(await grown(step, () => clipper.settled())).toEqual(NOTHING);
          optimizer.dispose();
          training.dispose();
        }
      },
    );

    it('of an optimizer that a clipper is attached to, nor does taking it out', async () => {
      const training = new Training('leaksSteps/attached');
      const optimizer = tf.train.momentum(1e-3, 0.9);
      const first = memory();
      const detach = attachClipper(optimizer, 0.5, { clock });
      const step = (): void => place(() => void optimizer.minimize(training.loss));
      expect(await grown(step, () => detach.clipper.settled())).toEqual(NOTHING);
      detach();
      // One slot a variable.
      expect(growth(first).tensors).toBe(training.variables.length);
      training.dispose();
    });
  });

  it('of model.fit', async () => {
    for (const make of Object.values(policies)) {
      const layer = tfl.layers.dense({ units: 2, inputShape: [3], name: `leaksSteps${clock}` });
      const model = tfl.sequential({ layers: [layer] });
      const optimizer = clipOptimizer(tf.train.adam(1e-3), make(), { clock });
      model.compile({ optimizer, loss: 'meanSquaredError' });
      const [x, y] = [tf.ones([20, 3]), tf.ones([20, 2])];
      const fit = (epochs: number) =>
        model.fit(x, y, { epochs, batchSize: 4, verbose: 0, callbacks: logsCallback(optimizer.clipper) });
      await fit(1);
      const before = memory();
      const { history } = await fit(STEPS / 5);
      expect(history['norm']).toHaveLength(STEPS / 5);
      await optimizer.clipper.settled();
      expect(growth(before)).toEqual(NOTHING);
      tf.dispose([x, y]);
      optimizer.dispose();
      model.dispose();
    }
  });
});

describe('clipping by hand leaves nothing behind', () => {
  const scopes = ['global', 'tensor', 'unit'] as const;

  it.each(scopes)('with clipGradients, at scope %s', async (scope) => {
    const training = new Training('leaksSteps/hand');
    const clipper = createClipper(0.5, { scope });
    const step = (): void => {
      const gradients = training.gradients();
      const { grads } = clipGradients(gradients, clipper);
      tf.dispose([gradients, grads!]);
    };
    expect(await grown(step, () => {})).toEqual(NOTHING);
    training.dispose();
  });

  it.each(scopes)('with clipGradientsAsync, one step after the other and many at once, at scope %s', async (scope) => {
    const training = new Training('leaksSteps/hand');
    const clipper = createClipper(0.5, { scope });
    const open: Promise<void>[] = [];
    const step = async (i: number): Promise<void> => {
      const gradients = training.gradients();
      const clip = async (): Promise<void> => {
        const { grads } = await clipGradientsAsync(gradients, clipper);
        tf.dispose([gradients, grads!]);
      };
      open.push(clip());
      if (i % 10 === 0) await Promise.all(open.splice(0));
    };
    expect(await grown(step, () => Promise.all(open.splice(0)))).toEqual(NOTHING);
    expect(clipper.stats().steps).toBe(FIRST + STEPS);
    training.dispose();
  });

  it('where nothing changes, tensors are those that were given', async () => {
    const training = new Training('leaksSteps/same');
    const clipper = createClipper(1e9);
    const gradients = training.gradients();
    const step = (): void => {
      const { grads } = clipGradients(gradients, clipper);
      for (const [name, tensor] of Object.entries(grads!)) expect(tensor).toBe(gradients[name]);
    };
    expect(await grown(step, () => {})).toEqual(NOTHING);
    tf.dispose(gradients);
    training.dispose();
  });
});
