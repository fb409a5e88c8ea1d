import { median } from './format.ts';
import type { RunResult } from './result.ts';
import type { Run } from './runs.ts';
import { damagedImages, failedBelow } from './task.ts';

/** A run over all its seeds. The numbers are medians. */
export interface Summary {
  readonly run: Run;
  /** At least one, in the order of the seeds. */
  readonly results: readonly RunResult[];
  readonly accuracy: number;
  /** The worst of all seeds. */
  readonly leastAccuracy: number;
  readonly failed: number;
  /** Results of trainings that were interrupted. */
  readonly stopped: number;
  readonly clipRate: number;
  readonly largestNorm: number;
  readonly clipperShare: number;
}

/** Whether the training lost its weights, or ended near guessing. An interrupted one has not failed. */
export function hasFailed({ ending, accuracy }: RunResult): boolean {
  return ending === 'failed' || (ending === 'finished' && accuracy < failedBelow);
}

/** One summary for each run that has a result, in the order of `runs`. */
export function summarise(runs: readonly Run[], results: readonly RunResult[]): Summary[] {
  const summaries = runs.map((run) => {
    const own = results.filter(({ job }) => job.run === run.name).sort((a, b) => a.job.seed - b.job.seed);
    const accuracies = own.map(({ accuracy }) => accuracy);
    return {
      run,
      results: own,
      accuracy: median(accuracies),
      leastAccuracy: Math.min(...accuracies),
      failed: own.filter(hasFailed).length,
      stopped: own.filter(({ ending }) => ending === 'stopped').length,
      clipRate: median(own.map(({ clipRate }) => clipRate)),
      largestNorm: median(own.map(({ largestNorm }) => largestNorm)),
      clipperShare: median(own.map(({ clipperShare }) => clipperShare)),
    };
  });
  return summaries.filter(({ results: own }) => own.length > 0);
}

/** Whether a run failed, in words for a table: of one seed also where. */
export function failureWords({ results, failed, stopped }: Summary): string {
  const [first] = results;
  if (results.length > 1 || !first) return `${failed} of ${results.length}${stopped ? `, ${stopped} cut` : ''}`;
  if (first.ending === 'stopped') return `cut at ${first.steps}`;
  if (first.ending === 'failed') return `yes, step ${first.steps}`;
  return failed ? 'yes, < 20 %' : 'no';
}

/** The two parts of every table: runs on damaged images, then the same network on clean ones. */
export function byData(
  summaries: readonly Summary[],
): { readonly title: string; readonly summaries: readonly Summary[] }[] {
  return [
    { title: `with ${damagedImages} damaged images`, summaries: summaries.filter(({ run }) => run.data === 'damaged') },
    { title: 'clean images', summaries: summaries.filter(({ run }) => run.data === 'clean') },
  ].filter((group) => group.summaries.length > 0);
}

/** The title below a heading of `byData`. */
export function titleInGroup({ run }: Summary): string {
  return run.title.replace(', clean', '');
}
