import type { Trainer } from '../pool.ts';
import type { Job, RunResult, Watch } from '../result.ts';

/** A trainer that trains one job after the other, in this thread. */
export function trainHere<Setup>(
  train: (job: Job, setup: Setup, watch: Watch) => RunResult | Promise<RunResult>,
): Trainer {
  return async (jobs, setup, watcher, signal) => {
    const results: RunResult[] = [];
    for (const job of jobs) {
      watcher.started(job);
      const result = await train(job, setup as Setup, (progress) => {
        watcher.progress(job, progress);
        return !signal.aborted;
      });
      watcher.finished(result);
      results.push(result);
    }
    return results;
  };
}
