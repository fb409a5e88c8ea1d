import type { Watcher } from '../pool.ts';
import type { Job, Progress, RunResult } from '../result.ts';
import type { Run } from '../run.ts';

/** Where one run stands, over all its seeds. */
export interface Standing {
  readonly run: Run;
  readonly jobs: number;
  /** Steps of all its jobs together, and how many of them are over. */
  readonly totalSteps: number;
  stepsTaken: number;
  /** Of the job that reported last. */
  latest: Progress | undefined;
  running: number;
  readonly results: RunResult[];
}

/** Follows all jobs; the views read it. */
export interface Standings extends Watcher {
  readonly rows: readonly Standing[];
  row(job: Job): Standing;
}

export function createStandings(runs: readonly Run[], jobs: readonly Job[]): Standings {
  const rows = runs.map((run): Standing => {
    const own = jobs.filter((job) => job.run === run.name);
    const totalSteps = own.reduce((sum, job) => sum + job.steps, 0);
    return { run, jobs: own.length, totalSteps, stepsTaken: 0, latest: undefined, running: 0, results: [] };
  });
  const byName = new Map(rows.map((row) => [row.run.name, row]));
  const row = (job: Job): Standing => byName.get(job.run)!;
  const steps = new Map<string, number>();

  function advance(job: Job, step: number): void {
    const id = `${job.run} ${job.seed}`;
    row(job).stepsTaken += step - (steps.get(id) ?? 0);
    steps.set(id, step);
  }

  return {
    rows,
    row,
    started: (job) => void row(job).running++,
    progress(job, progress) {
      row(job).latest = progress;
      advance(job, progress.step);
    },
    finished(result) {
      const own = row(result.job);
      own.running--;
      own.results.push(result);
      // Of several seeds one that failed is over, too; a single one leaves its bar where it failed.
      advance(result.job, own.jobs > 1 ? result.job.steps : result.steps);
    },
  };
}
