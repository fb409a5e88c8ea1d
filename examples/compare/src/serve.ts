import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, WorkerSetup } from './pool.ts';
import type { Job, RunResult, Watch } from './result.ts';

/** How often a training reports, in milliseconds. */
const interval = 100;

/**
 * The whole of a task's worker script: trains one job after the other.
 *
 * @param train Trains once. Seeded by the job alone, so that all runs of a seed start from the same weights. Gives `watch`
 * to its recorder. What it throws stops all trainings.
 */
export function serve<Setup>(train: (job: Job, setup: Setup, watch: Watch) => RunResult | Promise<RunResult>): void {
  const { setup, stop } = workerData as WorkerSetup;
  const port = parentPort!;
  const send = (message: FromWorker): void => port.postMessage(message);

  port.on('message', async (job: Job) => {
    let reported = 0;
    const watch: Watch = (progress) => {
      const now = performance.now();
      if (now - reported >= interval || progress.step === job.steps) {
        send({ type: 'progress', job, progress });
        reported = now;
      }
      return Atomics.load(stop, 0) === 0;
    };
    try {
      send({ type: 'finished', result: await train(job, setup as Setup, watch) });
    } catch (error) {
      send({ type: 'failed', job, error });
    }
  });
}
