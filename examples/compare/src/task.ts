import type { Run } from './run.ts';
import type { Summary } from './summary.ts';

/** One training that several clipping policies are compared on: everything the command, the table and the report say of it. */
export interface Task {
  /** Name of the folder under examples, and of the task in `--json`. */
  readonly name: string;
  /** What a person types to start it: `npm start --`. Default `node examples/<name>/dist/main.js`. */
  readonly command?: string;
  /** Heading of the report. */
  readonly title: string;
  /** A paragraph for `--help`. */
  readonly description: string;
  /** What is trained, behind the word "Training": `one small recurrent network on handwritten digits`. */
  readonly subject: string;
  /** Sentences to read before the results. */
  readonly note?: string;
  /** What the seed draws, for `--help`: `weights and order of images`. */
  readonly seedOf: string;
  /** What one update of the weights is called. Default `step`; an `episode` where an update follows each. */
  readonly unit?: 'step' | 'episode';
  /** Updates of each run: the default of `--steps`. */
  readonly steps: number;
  /** The default of `--seeds`, 1. */
  readonly seeds?: number;
  /** The default of `--report`, `<name>-report.html`. */
  readonly report?: string;
  readonly metric: Metric;
  readonly curve: Curve;
  /** What a triangle in the pictures of the norms marks: `batch with a damaged image`. Without it there are none. */
  readonly mark?: string;
  /** Every run, in the order of the table; runs of one group follow each other. The first group has the loss curves. */
  readonly runs: readonly Run[];
  /** The script that calls `serve`: `new URL('./worker.js', import.meta.url)`. */
  readonly worker: URL;
  /** Loads what all trainings share, once; a promise is awaited. It is cloned into each thread: large arrays belong into a SharedArrayBuffer. */
  setup?(): unknown;
  /** Sizes that belong into the `task` of `--json`. */
  readonly facts?: Readonly<Record<string, number | string>>;
  /** How it was measured, whose data these are, what counts as failed: the last section of the report. */
  readonly method: readonly (readonly [term: string, words: string])[];
  /** Says what these results show. Some may be interrupted (`stopped`), and any run may be missing. */
  conclude(summaries: readonly Summary[]): Conclusion;
}

/** The number at the end of a training that says how good it became. */
export interface Metric {
  /** One word for the head of a column, at most 10 characters: `accuracy`. It is the name in `--json`, too. */
  readonly name: string;
  /** What it was measured on, for the axis: `on 2,000 test images`. */
  readonly on: string;
  readonly better: 'higher' | 'lower';
  /** `%` is for shares: values from 0 to 1 are shown times 100. Anything else stands behind the number. Default none. */
  readonly unit?: string;
  /** Decimals shown. */
  readonly digits: number;
  /** The axis of the bars. Default from 0 to the worst run that kept its weights. */
  readonly range?: readonly [least: number, most: number];
  /** A value worth a line between the bars: what guessing reaches. */
  readonly reference?: { readonly value: number; readonly label: string };
  /** A run that ends worse than this has failed, as has one that lost its weights. */
  readonly failsBeyond: number;
}

/** What is followed along the training, a value a step: the loss, or the return of each episode. */
export interface Curve {
  /** One word for the live view, at most 6 characters: `loss`, `return`. */
  readonly name: string;
  /** Title of the axis: `cross entropy`. */
  readonly axis: string;
  /** Sentence below the picture. It draws medians of the neighbouring steps. */
  readonly caption: string;
  /** Default `log`, which is for values above 0. */
  readonly scale?: 'linear' | 'log';
  /** The axis holds at least this. */
  readonly range: readonly [least: number, most: number];
}

/** Two sentences for a person: what these results show, and what they do not. */
export interface Conclusion {
  readonly shows: string;
  readonly doesNotShow: string;
}

/** What one update of the weights is called. */
export function unitOf({ unit = 'step' }: Task): string {
  return unit;
}
