import { Worker } from 'node:worker_threads';
import type { Job, Progress, RunResult } from './result.ts';

/** What a thread is given when it starts: what the task has set up, and a flag that is 1 when it should stop. */
export interface WorkerSetup {
  readonly setup: unknown;
  readonly stop: Int32Array;
}

export type FromWorker =
  | { readonly type: 'progress'; readonly job: Job; readonly progress: Progress }
  | { readonly type: 'finished'; readonly result: RunResult }
  | { readonly type: 'failed'; readonly job: Job; readonly error: unknown };

/** Who wants to know how the jobs go. */
export interface Watcher {
  started(job: Job): void;
  progress(job: Job, progress: Progress): void;
  finished(result: RunResult): void;
}

/**
 * Trains all jobs and gives their results, in the order in which they ended. After an abort the running ones stop at
 * their next step and count as results, the others are left out. The first error stops all, and is thrown as a JobError.
 */
export type Trainer = (
  jobs: readonly Job[],
  setup: unknown,
  watcher: Watcher,
  signal: AbortSignal,
) => Promise<RunResult[]>;

/** A training threw. Carries the results there were. */
export class JobError extends Error {
  readonly results: readonly RunResult[];

  constructor(job: Job, results: readonly RunResult[], cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The run '${job.run}' with seed ${job.seed} broke off: ${reason}`, { cause });
    this.name = 'JobError';
    this.results = results;
  }
}

/** A trainer that runs a worker script, which calls `serve`, in so many threads at a time. */
export function trainInThreads(script: URL, threads: number): Trainer {
  return async (jobs, setup, watcher, signal) => {
    const waiting = [...jobs];
    const results: RunResult[] = [];
    const errors: { job: Job; cause: unknown }[] = [];
    const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const stopAll = (): void => {
      waiting.length = 0;
      Atomics.store(stop, 0, 1);
    };
    if (signal.aborted) stopAll();
    signal.addEventListener('abort', stopAll, { once: true });

    async function work(): Promise<void> {
      if (waiting.length === 0) return;
      const worker = new Worker(script, { workerData: { setup, stop } satisfies WorkerSetup });
      try {
        for (let job = waiting.shift(); job; job = waiting.shift()) {
          watcher.started(job);
          try {
            const result = await trainIn(worker, job, watcher);
            results.push(result);
            watcher.finished(result);
          } catch (cause) {
            errors.push({ job, cause });
            stopAll();
          }
        }
      } finally {
        await worker.terminate();
      }
    }

    await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
    signal.removeEventListener('abort', stopAll);
    const [first] = errors;
    if (first) throw new JobError(first.job, results, first.cause);
    return results;
  };
}

/** Hands one job to a thread and waits for its result. */
function trainIn(worker: Worker, job: Job, watcher: Watcher): Promise<RunResult> {
  return new Promise<RunResult>((resolve, reject) => {
    worker.removeAllListeners();
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the thread ended with code ${code}`)));
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'progress') watcher.progress(message.job, message.progress);
      else if (message.type === 'finished') resolve(message.result);
      else reject(message.error);
    });
    worker.postMessage(job);
  });
}
