import { median } from './format.ts';
import { hasFailed, rounded, valueOf, worst } from './metric.ts';
import type { RunResult } from './result.ts';
import type { Run } from './run.ts';
import type { Metric } from './task.ts';

/** A run over all its seeds. The numbers are medians. */
export interface Summary {
  readonly run: Run;
  /** At least one, in the order of the seeds. */
  readonly results: readonly RunResult[];
  /** The metric of the task; infinite when most seeds ended in NaN. */
  readonly value: number;
  /** Of all seeds. */
  readonly worst: number;
  readonly failed: number;
  /** Results of trainings that were interrupted. */
  readonly stopped: number;
  readonly clipRate: number;
  readonly largestNorm: number;
  /** undefined when the clipper was not timed. */
  readonly clipperShare: number | undefined;
}

/** One summary for each run that has a result, in the order of `runs`. */
export function summarise(metric: Metric, runs: readonly Run[], results: readonly RunResult[]): Summary[] {
  return runs.flatMap((run) => {
    const own = results.filter(({ job }) => job.run === run.name).sort((a, b) => a.job.seed - b.job.seed);
    if (own.length === 0) return [];
    const values = own.map((result) => valueOf(metric, result));
    const shares = own.flatMap(({ clipperShare }) => clipperShare ?? []);
    return {
      run,
      results: own,
      value: median(values),
      worst: worst(metric, values),
      failed: own.filter((result) => hasFailed(metric, result)).length,
      stopped: own.filter(({ ending }) => ending === 'stopped').length,
      clipRate: median(own.map(({ clipRate }) => clipRate)),
      largestNorm: median(own.map(({ largestNorm }) => largestNorm)),
      clipperShare: shares.length ? median(shares) : undefined,
    };
  });
}

/** Whether a run failed, in words for a table: of one seed also where. */
export function failureWords(metric: Metric, unit: string, { results, failed, stopped }: Summary): string {
  const [first] = results;
  if (results.length > 1 || !first) return `${failed} of ${results.length}${stopped ? `, ${stopped} cut` : ''}`;
  if (first.ending === 'stopped') return `cut at ${first.steps}`;
  if (first.ending === 'failed') return `yes, ${unit} ${first.steps}`;
  return failed ? `yes, ${metric.better === 'higher' ? '<' : '>'} ${rounded(metric, metric.failsBeyond)}` : 'no';
}

/** The parts of every table, in the order of their first run; one without a heading when the runs have no groups. */
export function byGroup(
  summaries: readonly Summary[],
): readonly { readonly heading: string | undefined; readonly summaries: readonly Summary[] }[] {
  const headings = [...new Set(summaries.map(({ run }) => run.group))];
  return headings.map((heading) => ({ heading, summaries: summaries.filter(({ run }) => run.group === heading) }));
}
