import { Worker } from 'node:worker_threads';
import { keyOf } from '../job.ts';
import type { Job, Result } from '../job.ts';

/** Who wants to know how the jobs go. */
export interface Watcher {
  started(job: Job): void;
  done(result: Result): void;
}

/**
 * Does all jobs in so many threads, in their order. After an abort the threads are ended at once, and what they were at is
 * lost. The first error ends all.
 * @throws Error that names the job
 */
export async function runJobs(
  jobs: readonly Job[],
  threads: number,
  watcher: Watcher,
  signal: AbortSignal,
  script: URL = new URL('./worker.js', import.meta.url),
): Promise<void> {
  if (signal.aborted) return;
  const waiting = jobs.values();
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => new Worker(script));
  const stop = (): Promise<unknown> => Promise.all(workers.map((worker) => worker.terminate()));
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const job of waiting) {
          if (signal.aborted) return;
          watcher.started(job);
          const result = await runIn(worker, job, signal);
          if (result) watcher.done(result);
        }
      }),
    );
  } finally {
    signal.removeEventListener('abort', stop);
    await stop();
  }
}

/** undefined: it was interrupted. */
function runIn(worker: Worker, job: Job, signal: AbortSignal): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      reject(new Error(`${keyOf(job)} broke off: ${reason}`, { cause }));
    };
    worker.removeAllListeners();
    worker.on('error', failed);
    worker.on('exit', (code) => (signal.aborted ? resolve(undefined) : failed(`the thread ended with code ${code}`)));
    worker.on('message', (message: { result?: Result; error?: unknown }) => {
      if (message.result) resolve(message.result);
      else failed(message.error);
    });
    worker.postMessage(job);
  });
}
