// Two optimizers: a generator and a discriminator, each with a clipper of its own.
//
// When: several networks are trained in turn: a GAN, an actor and a critic, a model and its adversary.
//
// Without: the norms of the two are of different size, here by a factor of three. The median of both histories together
// belongs to neither: one network is clipped at most steps and the other hardly ever. Therefore a clipper goes with the
// first optimizer that it is given to, and the second is refused with CLIPPER_IN_USE.
import { clipOptimizer } from '@gradclip/adapters/tfjs';
import type { ClippedOptimizer } from '@gradclip/adapters/tfjs';
import { percentile } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';

/** The optimizers, for a look at their clippers: `generator.clipper.stats().clipRate`. Dispose of them when done. */
export interface Gan {
  readonly generator: ClippedOptimizer;
  readonly discriminator: ClippedOptimizer;
  train(rounds: number): void;
  /** The mean of what the generator makes; the data have 3. */
  mean(): number;
}

export function twoOptimizers(seed = 1): Gan {
  // The generator moves and stretches noise; the discriminator has one hidden layer. Both are as small as they can be.
  const made = { scale: tf.variable(tf.scalar(1)), shift: tf.variable(tf.scalar(0)) };
  const judged = [[1, 8], [8], [8, 1]].map((shape, i) => tf.variable(tf.randomNormal(shape, 0, 0.5, 'float32', i + 1)));
  const noise = (): tf.Tensor => tf.randomNormal([64, 1], 0, 1, 'float32', seed++);
  const generate = (): tf.Tensor => tf.add(tf.mul(noise(), made.scale), made.shift);
  const real = (): tf.Tensor => tf.add(tf.mul(noise(), 0.5), 3);
  const judge = (x: tf.Tensor): tf.Tensor =>
    tf.matMul(tf.tanh(tf.add(tf.matMul(x, judged[0]!), judged[1]!)), judged[2]!);

  // A policy is only a description, so the two may share it. Each optimizer makes a clipper from it, with its own history.
  const policy = percentile({ p: 50 });
  const generator = clipOptimizer(tf.train.adam(0.02), policy);
  const discriminator = clipOptimizer(tf.train.adam(0.02), policy);

  const fooled = (): tf.Scalar => tf.mean(tf.softplus(tf.neg(judge(generate()))));
  const mistaken = (): tf.Scalar =>
    tf.add(tf.mean(tf.softplus(tf.neg(judge(real())))), tf.mean(tf.softplus(judge(generate()))));
  return {
    generator,
    discriminator,
    train(rounds) {
      for (let round = 0; round < rounds; round++) {
        // The list of variables keeps each optimizer, and so the norm of each clipper, to its own network.
        discriminator.minimize(mistaken, false, judged);
        generator.minimize(fooled, false, [made.scale, made.shift]);
      }
    },
    mean: () => made.shift.dataSync()[0]!,
  };
}
