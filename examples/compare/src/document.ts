import { hasFailed, worstWord } from './metric.ts';
import type { Options } from './options.ts';
import type { RunResult } from './result.ts';
import type { Summary } from './summary.ts';
import type { Conclusion, Metric, Task } from './task.ts';

export interface Ending {
  readonly conclusion: Conclusion;
  /** Whether every run took all the steps it could. */
  readonly complete: boolean;
  readonly seconds: number;
  /** Path of the report. */
  readonly report: string;
}

/**
 * What `--json` prints: medians of each run, and below them the result of each seed. Numbers that are not finite are null.
 * The metric has its own name there, and its worst value that name behind `least` or `most`.
 */
export function toJson(task: Task, options: Options, summaries: readonly Summary[], ending: Ending): string {
  const { metric, facts } = task;
  const { steps, seed, seeds } = options;
  const worstName = worstWord(metric) + metric.name.replace(/^./, (first) => first.toUpperCase());
  const document = {
    task: { name: task.name, steps, ...facts, firstSeed: seed, seeds },
    complete: ending.complete,
    seconds: ending.seconds,
    runs: summaries.map(({ run, results, value, worst, ...medians }) => ({
      ...run,
      [metric.name]: value,
      [worstName]: worst,
      ...medians,
      results: results.map((result) => resultOf(metric, result)),
    })),
    ...ending.conclusion,
    report: ending.report,
  };
  return JSON.stringify(document, null, 2);
}

function resultOf(metric: Metric, result: RunResult): object {
  const { job, ending, steps, value, history: _, ...numbers } = result;
  return {
    seed: job.seed,
    failed: hasFailed(metric, result),
    ending,
    steps,
    [metric.name]: value,
    ...numbers,
  };
}
