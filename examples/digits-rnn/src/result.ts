import type { History } from './history.ts';

/** One training: a run of the list in runs.ts from one seed. */
export interface Job {
  readonly run: string;
  readonly seed: number;
  readonly steps: number;
}

/** Where a training stands. */
export interface Progress {
  /** Steps taken. */
  readonly step: number;
  readonly loss: number;
  /** On a part of the test images, 0 to 1; NaN before it was measured first. */
  readonly accuracy: number;
  readonly norm: number;
  readonly threshold: number;
  /** Share of the steps so far whose gradient was made smaller. */
  readonly clipRate: number;
}

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
  /** On all test images, 0 to 1. */
  readonly accuracy: number;
  readonly clipRate: number;
  /** Steps whose update was left out. */
  readonly skipped: number;
  /** Infinity when a gradient was not finite. */
  readonly largestNorm: number;
  /** Time in the clipper as a share of the whole step, 0 to 1; NaN after a few steps only. */
  readonly clipperShare: number;
  readonly seconds: number;
  /** What the clipper announced. */
  readonly alerts: readonly Alert[];
  readonly history: History;
}
