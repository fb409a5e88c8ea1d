import type { Clipper, StepDecision } from '@gradclip/core';
import { kindOf, refuse } from '../buffers/refuse.ts';
import { noGradients, PATIENCE } from './unused.ts';

type Logs = Record<string, unknown>;

/** Of the steps of an epoch. */
interface Sums {
  steps: number;
  clipped: number;
  norms: number;
  norm: number;
  thresholds: number;
  threshold: number;
  hasOneKey: boolean;
}

/**
 * A callback for `model.fit` and `fitDataset` that adds what the clipper does to the logs: `norm` (before clipping),
 * `threshold` and `clipRate`. Of a batch they appear in the progress line where there is one. In `History`, and in the logs
 * of callbacks that come after this one, each has an entry an epoch: the mean over its steps, without norms that are not
 * finite; `threshold` is Infinity while nothing is known, and absent where there are several keys (see `stats().keys`). After
 * 10 batches without a gradient it throws, because the model was then compiled with another optimizer. In a list with
 * callbacks of tfjs's own classes make it one of them: `[new tf.CustomCallback(logsCallback(clipper)), tf.callbacks.earlyStopping()]`.
 *
 * @throws GradclipError NOT_A_CLIPPER; NO_GRADIENTS while training
 * @example
 * const history = await model.fit(x, y, { callbacks: logsCallback(optimizer.clipper) });
 * console.log(history.history.norm, history.history.clipRate);
 */
export function logsCallback(clipper: Clipper): object {
  if (!clipper?.decisions$)
    refuse('NOT_A_CLIPPER', `need a clipper, got ${kindOf(clipper)}`, 'Pass optimizer.clipper to logsCallback.');
  let sums = emptySums();
  let last: StepDecision | undefined;
  let batches = 0;
  let subscription: { unsubscribe(): void } | undefined;
  const stop = (): void => subscription?.unsubscribe();
  return {
    onTrainBegin() {
      stop();
      batches = 0;
      last = undefined;
      subscription = clipper.decisions$.subscribe((decision) => {
        last = decision;
        add(sums, decision);
      });
    },
    onEpochBegin() {
      sums = emptySums();
    },
    // tfjs shows the logs of a batch before callbacks hear of its end, so they are filled in when they are read.
    async onBatchBegin(_: number, logs: Logs | undefined) {
      if (batches++ === PATIENCE && !last) {
        // Late decisions may all be on their way.
        await clipper.settled();
        if (!last) throw noGradients();
      }
      if (!logs) return;
      const define = (name: string, get: () => number): void => {
        Object.defineProperty(logs, name, { get, enumerable: true, configurable: true });
      };
      define('norm', () => last?.norm ?? NaN);
      // Of several keys there is no one threshold, which the first step tells.
      if (!last || last.threshold !== undefined) define('threshold', () => last?.threshold ?? NaN);
      define('clipRate', () => sums.clipped / sums.steps);
    },
    async onEpochEnd(_: number, logs: Logs | undefined) {
      await clipper.settled();
      if (!logs || !sums.steps) return;
      logs['norm'] = sums.norm / sums.norms;
      // An entry for each epoch, or History would be shorter than that of the loss.
      if (sums.hasOneKey) logs['threshold'] = sums.thresholds ? sums.threshold / sums.thresholds : Infinity;
      logs['clipRate'] = sums.clipped / sums.steps;
    },
    onTrainEnd: stop,
  };
}

function emptySums(): Sums {
  return { steps: 0, clipped: 0, norms: 0, norm: 0, thresholds: 0, threshold: 0, hasOneKey: false };
}

function add(sums: Sums, { action, norm, normAfter, proceed, threshold }: StepDecision): void {
  sums.steps++;
  if (action === 'clamp' || (proceed && action !== 'drop' && normAfter < norm)) sums.clipped++;
  if (Number.isFinite(norm)) {
    sums.norms++;
    sums.norm += norm;
  }
  if (threshold === undefined) return;
  sums.hasOneKey = true;
  if (threshold < Infinity) {
    sums.thresholds++;
    sums.threshold += threshold;
  }
}
