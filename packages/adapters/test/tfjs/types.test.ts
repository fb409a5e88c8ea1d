import { clipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedBy } from '@gradclip/adapters/tfjs';
import { createClipper } from '@gradclip/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

it('the types take an inline policy, groups of them, a clipper, and whatever may be one of these', () => {
  const inline = clipOptimizer(tf.train.sgd(1), {
    name: 'inline',
    init: () => ({ last: 0 }),
    decide: ({ last }, { norm }) => [last || Infinity, { last: norm }],
  });
  const groups = clipOptimizer(tf.train.sgd(1), [
    { match: 'a', policy: { name: 'inline', init: () => 0, decide: (last, { norm }) => [last || Infinity, norm] } },
    { policy: 2 },
  ]);
  const made = clipOptimizer(tf.train.sgd(1), createClipper(1), { clock: 'exact' });
  const any: ClippedBy = 3;
  const either = clipOptimizer(tf.train.sgd(1), any, { maxLag: 3 });
  for (const optimizer of [inline, groups, made, either]) {
    optimizer.setLearningRate(0.5);
    expect(optimizer.learningRate).toBe(0.5);
    optimizer.dispose();
  }
});
