import type { Clipping } from './clipping.ts';
import type { Target } from './target.ts';

/** Seeds that rules may be designed on, and seeds that are kept for the end. */
export type SeedSet = 'design' | 'held-out';

/** One training, which is run as often as there are policies, settings and seeds. */
export interface Task {
  /** What `--tasks` calls it. */
  readonly name: string;
  readonly title: string;
  /** What the numbers are, in a sentence. */
  readonly measured: string;
  /** Variants of the training: the columns of its table. */
  readonly settings: readonly string[];
  seeds(set: SeedSet, setting: string): readonly number[];
  /** How the seeds of a setting become one number. With 'excess', the same seed of the reference is subtracted first. */
  readonly cell: 'median' | 'mean excess' | 'solved';
  /** Whether a large value is good. */
  readonly better: 'lower' | 'higher';
  /** Values are shown times this, with so many decimals. */
  readonly shown: { readonly times: number; readonly digits: number; readonly unit?: string };
  /** The axis of its pictures. */
  readonly axis: Axis;
  /** The columns of compact tables and of pictures: all settings in their order, those that belong together in one. */
  readonly groups: readonly Group[];
  /** What is asked of a rule that is told no number of the task. Settings in no target are shown and not judged. */
  readonly targets: readonly Target[];
  /** Processor seconds of a run, roughly: for the estimate of the time left, until runs of the task are known. */
  readonly cost: number;
  /** The run that 'mean excess' compares with. */
  readonly reference?: { readonly policy: string; readonly setting: string };
  /** Steps in which adaptive policies only look at the gradients, before the first update; those steps are skipped. Default 0. */
  readonly calibration?: number;
  /** Loads what the training needs, and gives the function that trains once. */
  load(): Promise<Training>;
}

/** Settings whose worst value stands for all. */
export interface Group {
  readonly name: string;
  readonly settings: readonly string[];
}

/** From `from` at the left to `to` at the right; values beyond are put on the border. */
export interface Axis {
  /** 'near 0': logarithmic on both sides of 0.01. 'near 1': the logarithm of what is missing to 1. */
  readonly scale: 'linear' | 'log' | 'near 0' | 'near 1';
  readonly from: number;
  readonly to: number;
  /** In the order of their importance, where there is no room for all. */
  readonly ticks: readonly number[];
}

/** Trains once. The same setting, seed and policy give the same outcome, to the last bit. */
export type Training = (setting: string, seed: number, startClipping: StartClipping) => Outcome;

/** Makes the clipper of a run that will take at most so many steps. */
export type StartClipping = (steps: number) => Clipping;

export interface Outcome {
  /** The number the task measures; NaN where the training lost its weights. */
  readonly value: number;
  /** For tasks that are solved or not. */
  readonly solved?: boolean;
  /** Steps taken, with those that were skipped. */
  readonly steps: number;
  /** Share of the steps whose gradient was not taken as it was, 0 to 1. */
  readonly clipRate: number;
  /** The largest finite norm. */
  readonly largestNorm: number;
}

/** Each setting a group of its own. */
export function groupsOf(settings: readonly string[]): readonly Group[] {
  return settings.map((name) => ({ name, settings: [name] }));
}

/** `count` seeds from `first` on. */
export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
