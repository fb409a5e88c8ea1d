import { createClipper, definePolicy } from '@gradclip/core';
import type { ClipGroup, Clipper, PolicyLike } from '@gradclip/core';
import { clipGradients, clipOptimizer } from '@gradclip/adapters/tfjs';
import type { TfjsOptions } from '@gradclip/adapters/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { Points } from './lateSupport/points.ts';
import { isSlow } from './lateSupport/run.ts';
import { growth, memory, NOTHING, PLACES, stateOf, thrown, Training } from './lateSupport/training.ts';

/** The points that are tried of so many: every one, where that does not take too long. */
function pointsOf(all: number): readonly number[] {
  return Array.from({ length: isSlow ? 15 : Math.max(all, 100) }, (_, i) => 1 + (((isSlow ? 7 : 1) * i) % all));
}

const clamp = definePolicy({
  name: 'clamp',
  needs: ['maxAbs'],
  init: () => null,
  decide: () => [{ clamp: 0.5 }, null],
  forecast: () => ({ clamp: 0.5 }),
});
const weighted = definePolicy({
  name: 'weighted',
  needs: ['weightNorm', 'loss'],
  init: () => null,
  decide: () => [0.01, null],
  forecast: () => 0.01,
});

interface Case {
  readonly by: PolicyLike | readonly ClipGroup[];
  readonly options?: TfjsOptions;
  readonly bad?: true;
}

const cases: Record<string, Case> = {
  'one factor': { by: 0.01 },
  'a factor a tensor': { by: 0.01, options: { scope: 'tensor' } },
  'a factor a unit, in groups': {
    by: [{ match: /w$/, policy: 0.01, scope: 'unit' }, { policy: 0.02 }],
    options: { epsilon: 1e-6 },
  },
  'a clamp': { by: clamp, options: { lateAfter: 0 } },
  'zeros for bad elements': { by: 0.01, options: { onNonFinite: 'zero', nonFiniteBudget: Infinity }, bad: true },
  'weights and loss': { by: weighted },
};

/** Only minimize knows the loss. */
const withoutLoss = Object.keys(cases).filter((name) => name !== 'weights and loss');

let points: Points | undefined;
afterEach(() => points?.end());

/** How far a step has come when its clipper has decided, and when the optimizer is handed the gradients. */
interface Marks {
  decided: number;
  optimized: number;
}

function watch(optimizer: tf.Optimizer, marks: Marks): tf.Optimizer {
  const apply = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (gradients) => {
    marks.optimized = points!.passed;
    apply(gradients);
  };
  return optimizer;
}

async function settle(clipper: Clipper): Promise<void> {
  points!.set(Infinity);
  await clipper.settled();
}

describe.each(['exact', 'late'] as const)('wherever TensorFlow.js fails with clock %s', (clock) => {
  describe.each(Object.keys(PLACES))('%s', (placed) => {
    it.each(withoutLoss)('nothing is left behind of gradients of the caller: %s', async (name) => {
      const { by, options, bad = false } = cases[name]!;
      await runGradients(name, { by, options: { clock, ...options }, bad });
    });

    async function runGradients(
      name: string,
      { by, options, bad }: { by: Case['by']; options: TfjsOptions; bad: boolean },
    ) {
      const training = new Training(`leaksPoints/${name}`);
      const marks = { decided: 0, optimized: 0 };
      points = new Points();
      const optimizer = clipOptimizer(watch(tf.train.sgd(1e-6), marks), by, options);
      const { clipper } = optimizer;
      clipper.alerts$.subscribe();
      clipper.decisions$.subscribe(() => (marks.decided = points!.passed));
      const gradients = training.gradients({ bad });
      const step = (): void => optimizer.applyGradients(gradients);
      for (let warm = 0; warm < 3; warm++) step();
      await settle(clipper);
      points.set(Infinity);
      step();
      const all = points.passed;
      const { decided, optimized } = { ...marks };
      await settle(clipper);
      for (const at of pointsOf(all)) {
        const before = {
          memory: memory(),
          state: stateOf(clipper),
          weights: await weightsOf(training, at <= optimized),
          iterations: optimizer.iterations,
        };
        points.set(at);
        const cause = thrown(() => PLACES[placed]!(step));
        await settle(clipper);
        const what = `point ${at} of ${all}`;
        expect(cause, what).toContain(`point ${at}`);
        expect(growth(before.memory), what).toEqual(NOTHING);
        expect(optimizer.iterations, what).toBe(before.iterations);
        if (at <= optimized) expect(await training.weights(), what).toEqual(before.weights);
        if (clock === 'exact' && at <= decided) expect(stateOf(clipper), what).toBe(before.state);
      }
      points.end();
      tf.dispose(gradients);
      optimizer.dispose();
      training.dispose();
    }

    const weightsOf = async (training: Training, wanted: boolean) => (wanted ? training.weights() : []);

    it.each(['one factor', 'weights and loss'])('no more is left behind than without a clipper: %s', async (name) => {
      const { by, options } = cases[name]!;
      const training = new Training(`leaksPoints/minimize ${name}`);
      const marks = { decided: 0, optimized: 0 };
      points = new Points();
      const bare = watch(tf.train.sgd(1e-6), marks);
      const own = clipOptimizer(tf.train.sgd(1e-6), by, { clock, ...options });
      const minimize = (optimizer: tf.Optimizer): void =>
        void optimizer.minimize(training.loss, false, [...training.variables]);
      for (const optimizer of [bare, own]) minimize(optimizer);
      await settle(own.clipper);
      points.set(Infinity);
      minimize(bare);
      const computed = marks.optimized;
      points.set(Infinity);
      minimize(own);
      const all = points.passed;
      await settle(own.clipper);
      const grown = async (optimizer: tf.Optimizer, at: number) => {
        const before = memory();
        points!.set(at);
        const cause = thrown(() => PLACES[placed]!(() => minimize(optimizer)));
        await settle(own.clipper);
        expect(cause).toContain(`point ${at}`);
        return growth(before);
      };
      for (const at of pointsOf(all)) {
        const ours = await grown(own, at);
        // The same operations compute the gradients, and leave behind what they have saved when they fail.
        const allowed = at <= computed ? await grown(bare, at) : NOTHING;
        expect(ours.tensors, `point ${at} of ${all}`).toBeLessThanOrEqual(allowed.tensors);
        expect(ours.bytes, `point ${at} of ${all}`).toBeLessThanOrEqual(allowed.bytes);
      }
      points.end();
      for (const optimizer of [bare, own]) optimizer.dispose();
      training.dispose();
    });
  });
});

it.each(withoutLoss)('nothing is left behind of clipGradients: %s', (name) => {
  const { by, options = {}, bad = false } = cases[name]!;
  const { lateAfter: _, ...own } = options;
  const training = new Training(`leaksPoints/clip ${name}`);
  const clipper = createClipper(by, own);
  clipper.alerts$.subscribe();
  const gradients = training.gradients({ bad });
  const clip = (): void => {
    const { grads } = clipGradients(gradients, clipper);
    for (const [key, tensor] of Object.entries(grads!)) if (tensor !== gradients[key]) tensor.dispose();
  };
  clip();
  points = new Points();
  clip();
  const all = points.passed;
  for (const at of pointsOf(all + 1)) {
    const before = memory();
    points.set(at);
    // The last point is not reached.
    expect(thrown(clip) === undefined).toBe(at > all);
    expect(growth(before)).toEqual(NOTHING);
  }
  points.end();
  tf.dispose(gradients);
  training.dispose();
});
