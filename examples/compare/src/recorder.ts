import type { Clipper } from '@gradclip/core';
import { createHistory, did, firstSteps, recordDecision } from './history.ts';
import type { Alert, Job, RunResult, Watch } from './result.ts';

/** Turns the decisions of a clipper, and what the training loop says after each step, into a result. */
export interface Recorder {
  /** Runs what measures and clips, and counts the time it takes. A loop that does not call it has no time share. */
  time<T>(clip: () => T): T;
  /**
   * Call it after each step, when the weights have been updated, or were not because the clipper said so.
   * @returns whether to take another step: no after the last one, when the clipper halted, when the weights are lost
   * and when the training is to stop
   */
  step(facts: StepFacts): boolean;
  /** The result, with the metric of the trained weights. Ends the clipper: one that is read late must be settled. */
  result(value: number): RunResult;
}

export interface StepFacts {
  /** See `Task.curve`. */
  readonly curve: number;
  /** How many things `Task.mark` names were in the step. Default 0. */
  readonly marked?: number;
  /** Whether the weights are no longer finite; it ends the training as failed. Default false. */
  readonly lost?: boolean;
}

/** The first steps are not timed: the code has not been compiled yet. */
const coldSteps = 50;

/**
 * Begins to record one training. Make it right before the first step.
 *
 * @param clipper As new; it decides once a step.
 * @param measure The metric on the way, taken ten times in a training and outside of the measured time. Make it cheap.
 */
export function createRecorder(job: Job, clipper: Clipper, watch: Watch, measure: () => number = () => NaN): Recorder {
  const { steps } = job;
  const started = performance.now();
  const history = createHistory(steps);
  const alerts: Alert[] = [];
  let decided = 0;
  let clipped = 0;
  let halted = false;
  let ending: RunResult['ending'] = 'finished';
  let value = NaN;
  let step = 0;
  let begin = started;
  let stepTime = 0;
  let clipperTime = 0;
  let isTimed = false;

  clipper.alerts$.subscribe(({ code, step: at, message }) => alerts.push({ code, step: at, message }));
  // Not what the loop was handed: optimizers that clip inside keep it, and late decisions come when they come.
  clipper.decisions$.subscribe((decision) => {
    recordDecision(history, decided, decision);
    if (history.action[decided] === did.clip) clipped++;
    if (decision.action === 'halt') halted = true;
    decided++;
  });

  return {
    time(clip) {
      const before = performance.now();
      const answer = clip();
      if (step >= coldSteps) clipperTime += performance.now() - before;
      isTimed = true;
      return answer;
    },

    step({ curve, marked = 0, lost = false }) {
      if (step >= coldSteps) stepTime += performance.now() - begin;
      history.curve[step] = curve;
      history.marked[step] = marked;
      step++;
      if (halted || lost) {
        ending = 'failed';
        return false;
      }
      if (step % Math.ceil(steps / 10) === 0 && step < steps) value = measure();
      const norm = history.norm[decided - 1] ?? NaN;
      const threshold = history.threshold[decided - 1] ?? NaN;
      const goOn = watch({ step, curve, value, norm, threshold, clipRate: clipped / decided });
      if (!goOn && step < steps) ending = 'stopped';
      begin = performance.now();
      return goOn && step < steps;
    },

    result(final) {
      const { clipRate, skipped, nonFinite, max } = clipper.stats();
      clipper.end();
      return {
        job,
        ending,
        steps: step,
        value: final,
        clipRate,
        skipped,
        largestNorm: nonFinite > 0 ? Infinity : max,
        ...(isTimed && { clipperShare: clipperTime / stepTime }),
        seconds: (performance.now() - started) / 1000,
        alerts,
        history: firstSteps(history, step),
      };
    },
  };
}
