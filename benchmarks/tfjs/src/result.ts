import type { Timing } from '@gradclip/benchmarks/sideBySide';

/** What is measured: gradients of `tensors` tensors with about `parameters` elements together. */
export interface Case {
  readonly backend: string;
  readonly tensors: number;
  readonly parameters: number;
  /** Fewer and shorter rounds, for graphics in software. */
  readonly quick: boolean;
}

/** In each group the first is the one that the others are compared with. */
export interface Result extends Case {
  readonly norm: readonly Timing[];
  readonly clip: readonly Timing[];
  readonly step: readonly Timing[];
}
