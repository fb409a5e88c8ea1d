import type { History } from './history.ts';

/** One training: a run of the task from one seed. */
export interface Job {
  readonly run: string;
  readonly seed: number;
  readonly steps: number;
}

/** Where a training stands. */
export interface Progress {
  /** Steps taken. */
  readonly step: number;
  /** See `Task.curve`. */
  readonly curve: number;
  /** The metric as it was measured last on the way; NaN before. */
  readonly value: number;
  readonly norm: number;
  /** NaN where the clipper has several keys. */
  readonly threshold: number;
  /** Share of the steps so far that were clipped, 0 to 1. */
  readonly clipRate: number;
}

/** Told where a training stands after each step; says whether to go on. */
export type Watch = (progress: Progress) => boolean;

export interface Alert {
  readonly code: string;
  readonly step: number;
  readonly message: string;
}

export interface RunResult {
  readonly job: Job;
  /** `finished` took all steps; `failed` lost its weights on the way; `stopped` was interrupted. */
  readonly ending: 'finished' | 'failed' | 'stopped';
  /** Steps taken. */
  readonly steps: number;
  /** The metric of the task; NaN counts as worst. */
  readonly value: number;
  readonly clipRate: number;
  /** Steps whose update was left out. */
  readonly skipped: number;
  /** Infinity when a gradient was not finite. */
  readonly largestNorm: number;
  /** Time in the clipper as a share of the whole step, 0 to 1; NaN after a few steps, absent when it was not timed. */
  readonly clipperShare?: number;
  readonly seconds: number;
  /** What the clipper announced. */
  readonly alerts: readonly Alert[];
  readonly history: History;
}
