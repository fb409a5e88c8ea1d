import { Worker } from 'node:worker_threads';
import { keyOf } from '../job.ts';
import type { Job, Result } from '../job.ts';

/** Does all jobs in so many threads and tells each result as it comes. The first error ends all. */
export async function runJobs(
  jobs: readonly Job[],
  threads: number,
  done: (result: Result) => void,
  signal: AbortSignal,
): Promise<void> {
  const waiting = jobs.values();
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => {
    return new Worker(new URL('./worker.js', import.meta.url));
  });
  const stop = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const job of waiting) {
          if (signal.aborted) return;
          const result = await runIn(worker, job, signal);
          if (result) done(result);
        }
      }),
    );
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
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
