import { definePolicy } from '@gradclip/core';
import type { Clipper, PolicyLike } from '@gradclip/core';
import { attachClipper, clipOptimizer } from '@gradclip/adapters/tfjs';
import type { TfjsOptions } from '@gradclip/adapters/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isSlow } from './lateSupport/run.ts';
import { growth, memory, PLACES, stateOf, thrown, Training } from './lateSupport/training.ts';
import type { Memory } from './lateSupport/training.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Of each failure, in each place and with each clock. */
const STEPS = isSlow ? 3 : 60;
const boom = (): never => {
  throw new Error('boom');
};

interface Trial {
  readonly training: Training;
  readonly inner: tf.Optimizer;
  readonly optimizer: tf.Optimizer;
  readonly clipper?: Clipper;
  /** From now on, applyGradients of the inner optimizer throws. */
  failInner(): void;
}

type Clock = 'exact' | 'late';

interface Failure {
  readonly by?: PolicyLike;
  readonly options?: TfjsOptions;
  /** Makes the next steps fail. */
  readonly arrange?: (trial: Trial) => void;
  /** A step that fails; not minimize of the loss. */
  readonly step?: (trial: Trial) => void;
  /** What it throws with each clock; nothing where nothing may stop the training. */
  readonly throws?: Partial<Record<Clock, string>>;
  /** Whether the clipper has counted the step when it fails. */
  readonly counted?: true;
  /** Whether the step does not reach the clipper. */
  readonly unseen?: true;
}

const throwing = definePolicy({ name: 'throwing', init: () => null, decide: boom, forecast: () => 0.01 });
const passGradients = ({ training, optimizer }: Trial, bad: boolean): void => {
  const gradients = training.gradients({ bad });
  try {
    optimizer.applyGradients(gradients);
  } finally {
    tf.dispose(gradients);
  }
};

const both = (text: string): Record<Clock, string> => ({ exact: text, late: text });

const failures: Record<string, Failure> = {
  'the loss throws at once': {
    step: ({ training, optimizer }) => void optimizer.minimize(boom, false, [...training.variables]),
    throws: both('boom'),
    unseen: true,
  },
  'the loss throws when it has computed': {
    step: ({ training, optimizer }) =>
      void optimizer.minimize(() => (training.loss(), boom()), false, [...training.variables]),
    throws: both('boom'),
    unseen: true,
  },
  'computeGradients throws': {
    arrange: ({ inner }) => void vi.spyOn(inner, 'computeGradients').mockImplementation(boom),
    throws: both('boom'),
    unseen: true,
  },
  'a gradient is refused': {
    step: ({ training, optimizer }) => {
      const list = training.variables.map(({ name }) => ({ name, tensor: tf.scalar(1, 'int32') }));
      try {
        optimizer.applyGradients(list);
      } finally {
        tf.dispose(list.map(({ tensor }) => tensor));
      }
    },
    throws: both('must be float32'),
    unseen: true,
  },
  'a gradient is not finite': { step: (trial) => passGradients(trial, true), options: { nonFiniteBudget: Infinity } },
  'decide throws': {
    step: (trial) => passGradients(trial, true),
    options: { onNonFinite: 'throw' },
    throws: { exact: 'not finite' },
  },
  'the policy throws': { by: throwing, options: { envelope: { max: 1 } } },
  'a subscriber throws': { arrange: ({ clipper }) => void clipper!.norms$.subscribe(boom) },
  'the inner optimizer throws': { arrange: ({ failInner }) => failInner(), throws: both('boom'), counted: true },
  'the inner optimizer throws at gradients of the caller': {
    arrange: ({ failInner }) => failInner(),
    step: (trial) => passGradients(trial, false),
    throws: both('boom'),
    counted: true,
  },
  'norms cannot be read': {
    arrange: () => void vi.spyOn(tf.Tensor.prototype, 'data').mockRejectedValue(new Error('lost')),
  },
};

/** Steps that fail, and what each of them leaves behind. */
async function fail(
  trial: Trial,
  failure: Failure,
  place: (step: () => void) => void,
  throws: string,
): Promise<Memory[]> {
  const { training, optimizer, clipper } = trial;
  const grown: Memory[] = [];
  const minimize = (): void => void optimizer.minimize(training.loss, false, [...training.variables]);
  for (let i = 0; i < STEPS; i++) {
    const before = memory();
    const cause = thrown(() => place(() => (failure.step ? failure.step(trial) : minimize())));
    if (clipper) expect(cause ?? 'nothing').toContain(throws);
    await clipper?.settled();
    grown.push(growth(before));
  }
  return grown;
}

/** An optimizer whose applyGradients can be made to throw. */
function fragile(): Pick<Trial, 'inner' | 'failInner'> {
  const inner = tf.train.sgd(1e-6);
  const apply = inner.applyGradients.bind(inner);
  let fails = false;
  inner.applyGradients = (gradients) => (fails ? boom() : apply(gradients));
  return { inner, failInner: () => (fails = true) };
}

const HOW = {
  clipOptimizer: (inner: tf.Optimizer, ...given: [PolicyLike, TfjsOptions]) => {
    const optimizer = clipOptimizer(inner, ...given);
    return { optimizer, clipper: optimizer.clipper };
  },
  attachClipper: (inner: tf.Optimizer, ...given: [PolicyLike, TfjsOptions]) => ({
    optimizer: inner,
    clipper: attachClipper(inner, ...given).clipper,
  }),
};

describe.each(['exact', 'late'] as const)('nothing is left behind with clock %s', (clock) => {
  describe.each(Object.keys(PLACES))('%s', (placed) => {
    it.each(Object.keys(failures))('when %s', async (name) => {
      const { by = 0.01, options, arrange, throws, unseen, counted } = failures[name]!;
      for (const how of Object.values(HOW)) {
        const training = new Training('leaks');
        const { inner, failInner } = fragile();
        const { optimizer, clipper } = how(inner, by, { clock, ...options });
        clipper.alerts$.subscribe();
        const trial: Trial = { training, inner, optimizer, clipper, failInner };
        optimizer.minimize(training.loss, false, [...training.variables]);
        await clipper.settled();
        const before = { state: stateOf(clipper), weights: await training.weights(), iterations: optimizer.iterations };
        arrange?.(trial);
        const grown = await fail(trial, failures[name]!, PLACES[placed]!, throws?.[clock] ?? 'nothing');
        vi.restoreAllMocks();
        if (throws?.[clock]) {
          expect(await training.weights()).toEqual(before.weights);
          expect(optimizer.iterations).toBe(before.iterations);
          if (counted) expect(clipper.stats().steps).toBe(1 + STEPS);
          else expect(stateOf(clipper)).toBe(before.state);
        }
        // Without a clipper, too, the tensors are left behind that a loss that throws has saved for its gradient.
        const bare = { training, inner: tf.train.sgd(1e-6), failInner };
        const without = unseen
          ? await fail({ ...bare, optimizer: bare.inner }, failures[name]!, PLACES[placed]!, '')
          : [];
        grown.forEach((own, i) => {
          expect(own.tensors).toBeLessThanOrEqual(without[i]?.tensors ?? 0);
          expect(own.bytes).toBeLessThanOrEqual(without[i]?.bytes ?? 0);
        });
        bare.inner.dispose();
        optimizer.dispose();
        training.dispose();
      }
    });
  });
});
