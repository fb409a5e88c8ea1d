import { sideBySide } from '@gradclip/benchmarks/sideBySide';
import type { Variant } from '@gradclip/benchmarks/sideBySide';
import { clipGradients, clipOptimizer } from '@gradclip/adapters/tfjs';
import { createClipper } from '@gradclip/core';
import * as tf from '@tensorflow/tfjs-core';
import { createNetwork } from './network.ts';
import { naiveClip, naiveNorm } from './naive.ts';
import type { Case, Result } from './result.ts';
import { Sink } from './sink.ts';

/** As users patch it in. */
class NaiveSgd extends tf.SGDOptimizer {
  override applyGradients(gradients: Parameters<tf.SGDOptimizer['applyGradients']>[0]): void {
    naiveClip(byName(gradients), THRESHOLD, (clipped) => super.applyGradients(clipped));
  }
}

function byName(gradients: Parameters<tf.SGDOptimizer['applyGradients']>[0]): tf.NamedTensorMap {
  if (!Array.isArray(gradients)) return gradients;
  return Object.fromEntries(gradients.map(({ name, tensor }) => [name, tensor]));
}

/** Far below the norm of the gradients, so that every step is clipped. */
const THRESHOLD = 1e-3;

/** Measures the backend in force. */
export async function measure(what: Case): Promise<Result> {
  const { loss, variables } = createNetwork(what.tensors, what.parameters);
  const { value, grads } = tf.variableGrads(loss, variables);
  const settings = what.quick
    ? { rounds: 7, sampleMs: 50, warmUpMs: 300 }
    : { rounds: 11, sampleMs: 25, warmUpMs: 500 };
  // A device keeps what was read of a tensor, so the same gradients cannot be measured twice; there a whole step is.
  const again = !what.backend.startsWith('web');
  const norm = again ? await sideBySide(normVariants(grads), settings) : [];
  const clip = again ? await sideBySide(clipVariants(grads), settings) : [];
  const step = await sideBySide(stepVariants(loss, variables), settings);
  tf.dispose([value, grads, variables]);
  return { ...what, norm, clip, step };
}

function normVariants(grads: tf.NamedTensorMap): readonly Variant[] {
  const off = createClipper(Infinity);
  return [
    { name: 'naive', run: (calls) => repeat(calls, () => naiveNorm(grads)) },
    { name: 'exact', run: (calls) => repeat(calls, () => clipGradients(grads, off).step.norm) },
  ];
}

function clipVariants(grads: tf.NamedTensorMap): readonly Variant[] {
  return [
    {
      name: 'naive',
      run: (calls) =>
        untilDone(new Sink(), (sink) =>
          repeat(calls, () => naiveClip(grads, THRESHOLD, (clipped) => sink.applyGradients(clipped))),
        ),
    },
    ...clocks((sink, clock) => {
      const optimizer = clipOptimizer(sink, THRESHOLD, { clock, lateAfter: 0 });
      return (calls) =>
        untilDone(sink, async () => {
          repeat(calls, () => optimizer.applyGradients(grads));
          await optimizer.clipper.settled();
        });
    }),
  ];
}

function clocks(make: (sink: Sink, clock: 'exact' | 'late') => Variant['run']): Variant[] {
  return (['exact', 'late'] as const).map((clock) => ({ name: clock, run: make(new Sink(), clock) }));
}

function stepVariants(loss: () => tf.Scalar, variables: tf.Variable[]): readonly Variant[] {
  const train = (optimizer: tf.Optimizer, settled: () => Promise<void>) => async (calls: number) => {
    repeat(calls, () => optimizer.minimize(loss, false, variables));
    await settled();
    await variables[0]!.data();
  };
  const clipped = (clock: 'exact' | 'late'): Variant => {
    const optimizer = clipOptimizer(tf.train.sgd(1e-6), THRESHOLD, { clock, lateAfter: 0 });
    return { name: clock, run: train(optimizer, () => optimizer.clipper.settled()) };
  };
  const settledAtOnce = async (): Promise<void> => {};
  const bare = train(tf.train.sgd(1e-6), settledAtOnce);
  const naive = train(new NaiveSgd(1e-6), settledAtOnce);
  return [{ name: 'bare', run: bare }, { name: 'naive', run: naive }, clipped('exact'), clipped('late')];
}

/** Waits for the device, too: it has what the last call made when that can be read. */
async function untilDone(sink: Sink, work: (sink: Sink) => unknown): Promise<void> {
  await work(sink);
  await sink.finish();
}

function repeat<T>(calls: number, call: () => T): T {
  for (let i = 1; i < calls; i++) call();
  return call();
}
