import type { Conclusion } from './conclusion.ts';
import type { Options } from './options.ts';
import type { RunResult } from './result.ts';
import { hasFailed } from './summary.ts';
import type { Summary } from './summary.ts';
import { batchSize, damagedImages } from './task.ts';

export interface Ending {
  readonly conclusion: Conclusion;
  /** Whether every run took all the steps it could. */
  readonly complete: boolean;
  readonly seconds: number;
  /** Path of the report. */
  readonly report: string;
}

/** What `--json` prints: medians of each run, and below them the result of each seed. Numbers that are not finite are null. */
export function toJson({ steps, seed, seeds }: Options, summaries: readonly Summary[], ending: Ending): string {
  const document = {
    task: { name: 'digits-rnn', steps, batchSize, damagedImages, firstSeed: seed, seeds },
    complete: ending.complete,
    seconds: ending.seconds,
    runs: summaries.map(({ run, results, ...medians }) => ({
      name: run.name,
      title: run.title,
      data: run.data,
      ...medians,
      results: results.map(resultOf),
    })),
    ...ending.conclusion,
    report: ending.report,
  };
  return JSON.stringify(document, null, 2);
}

function resultOf(result: RunResult): object {
  const { job, history: _, ...numbers } = result;
  return { seed: job.seed, failed: hasFailed(result), ...numbers };
}
