import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { createClipper } from '@gradclip/core';
import type { Clipper, GradclipError } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { clipGradients, clipOptimizer, logsCallback } from '@gradclip/adapters/tfjs';
import type { ClippedOptimizer } from '@gradclip/adapters/tfjs';
import { examples, smallModel } from './support/models.ts';
import { optimizers } from './support/optimizers.ts';
import { refusal, refused } from './support/refusals.ts';
import { lossWithGradients, noise, read, slots, variables } from './support/values.ts';

const sgd = (): tf.Optimizer => tf.train.sgd(0.1);

describe('while it trains', () => {
  /** Everything a refused step must leave as it was. */
  const everything = async (of: Record<string, tf.Variable>, optimizer: ClippedOptimizer): Promise<unknown> => ({
    weights: await read(Object.values(of)),
    slots: await slots(optimizer),
    clipper: optimizer.clipper.state(),
  });

  const started = (make: () => tf.Optimizer): [ClippedOptimizer, Record<string, tf.Variable>, () => void] => {
    const of = variables({ W: noise(1, [2, 3]), b: noise(2, [3]) });
    const optimizer = clipOptimizer(make(), percentile({ p: 10 }), { clock: 'exact' });
    const gradients = { W: noise(3, [2, 3]), b: noise(4, [3]) };
    const step = (): void =>
      void optimizer.minimize(lossWithGradients(of, gradients), true, Object.values(of))!.dispose();
    step();
    return [optimizer, of, step];
  };

  it.each(Object.keys(optimizers))(
    'a rate of %s that has become NaN is refused before anything changes',
    async (name) => {
      const [optimizer, of, step] = started(optimizers[name]!);
      const before = await everything(of, optimizer);
      const { learningRate } = optimizer as unknown as { learningRate: number };
      Object.assign(optimizer, { learningRate: NaN });
      const { numTensors } = tf.memory();
      expect(refused(step)).toMatchObject({ code: 'INVALID_LEARNING_RATE', where: { learningRate: 'NaN' } });
      expect(tf.memory().numTensors).toBe(numTensors);
      Object.assign(optimizer, { learningRate });
      expect(await everything(of, optimizer)).toEqual(before);
      step();
      expect(optimizer.clipper.stats().steps).toBe(2);
    },
  );

  const bad: Readonly<Record<string, readonly [tensor: () => unknown, says: string]>> = {
    'that has been disposed of': [
      () => {
        const t = tf.ones([3]);
        t.dispose();
        return t;
      },
      'has been disposed',
    ],
    'of type int32': [() => tf.ones([3], 'int32'), 'must be float32, got int32'],
    'of type bool': [() => tf.ones([3], 'bool'), 'must be float32, got bool'],
    'that is an array': [() => [1, 2, 3], 'must be a tf.Tensor, got Array'],
    'that is a number': [() => 3, 'must be a tf.Tensor, got Number'],
    'that is a promise': [() => Promise.resolve(), 'must be a tf.Tensor, got Promise'],
  };

  it.each(Object.keys(bad))('a gradient %s is refused before anything changes', async (which) => {
    const [make, says] = bad[which]!;
    const [optimizer, of, step] = started(() => tf.train.adam(0.1));
    const clipper = createClipper(percentile({ p: 10 }));
    const before = [await everything(of, optimizer), clipper.state()];
    const gradients = { W: noise(5, [2, 3]), b: make() } as Record<string, tf.Tensor>;
    const { numTensors } = tf.memory();
    const list = Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    for (const refuse of [
      () => optimizer.applyGradients(gradients),
      () => optimizer.applyGradients(list),
      () => clipGradients(gradients, clipper),
    ]) {
      const { code, message, where } = refused(refuse);
      expect([code, where['tensor']]).toEqual(['INVALID_GRADIENT', 'b']);
      expect(message).toContain(`Tensor b ${says}`);
    }
    expect(refused(() => clipGradients(Object.values(gradients), clipper)).where['tensor']).toBe('1');
    expect(tf.memory().numTensors).toBe(numTensors);
    expect([await everything(of, optimizer), clipper.state()]).toEqual(before);
    expect(await read([gradients['W']!])).toEqual(await read([noise(5, [2, 3])]));
    step();
  });

  it.each(['undefined', 'null', 'a number', 'a tensor'])('%s in place of gradients is refused', (which) => {
    const gradients = { null: null, 'a number': 3, 'a tensor': tf.scalar(1) }[which];
    const [optimizer] = started(() => tf.train.sgd(0.1));
    const code = 'INVALID_GRADIENT';
    expect(refused(() => optimizer.applyGradients(gradients as unknown as tf.NamedTensorMap)).code).toBe(code);
    expect(refused(() => clipGradients(gradients as unknown as tf.Tensor[], createClipper(1))).code).toBe(code);
  });

  it.each([[undefined], [null], [1], [percentile({ p: 10 })]])(
    'clipGradients refuses %s in place of a clipper',
    (by) => {
      const { code, advice } = refused(() => clipGradients([tf.scalar(1)], by as unknown as Clipper));
      expect(code).toBe('NOT_A_CLIPPER');
      expect(advice).toContain('createClipper(1)');
    },
  );
});

describe('a clipper that gets no gradients', () => {
  const { x, y } = examples(12);
  afterAll(() => tf.dispose([x, y]));
  const fit = async (optimizer: tf.Optimizer, callbacks: object): Promise<GradclipError> => {
    const model = smallModel(optimizer);
    return refusal(
      await model.fit(x, y, { batchSize: 1, epochs: 1, verbose: 0, callbacks }).catch((error: unknown) => error),
    );
  };

  it('is told of by its logsCallback after ten batches', async () => {
    const optimizer = sgd();
    const { code, advice } = await fit(optimizer, logsCallback(createClipper(1)));
    expect(code).toBe('NO_GRADIENTS');
    expect(advice).toContain('what clipOptimizer returned');
    expect(optimizer.iterations).toBe(10);
  });

  it('is told of without one, where the model was compiled with the inner optimizer', async () => {
    const optimizer = sgd();
    const clipped = clipOptimizer(optimizer, 1);
    expect((await fit(optimizer, {})).code).toBe('NO_GRADIENTS');
    expect(clipped.clipper.stats().steps).toBe(0);
  });

  it.each(['undefined', 'an optimizer', 'a policy'])('%s in place of a clipper is refused by logsCallback', (which) => {
    const value = { 'an optimizer': clipOptimizer(sgd(), 1), 'a policy': percentile({ p: 10 }) }[which];
    expect(refused(() => logsCallback(value as unknown as Clipper)).code).toBe('NOT_A_CLIPPER');
  });
});
