import { parentPort, workerData } from 'node:worker_threads';
import type { Job } from './result.ts';
import type { FromWorker, WorkerSetup } from './pool.ts';
import { train } from './train.ts';

/** A thread that trains one job after the other. */
const { digits, stop } = workerData as WorkerSetup;
const port = parentPort!;
const send = (message: FromWorker): void => port.postMessage(message);

/** How often a training reports, in milliseconds. */
const interval = 100;

port.on('message', (job: Job) => {
  try {
    let reported = 0;
    const result = train(job, digits, (progress) => {
      const now = performance.now();
      if (now - reported >= interval || progress.step === job.steps) {
        send({ type: 'progress', job, progress });
        reported = now;
      }
      return Atomics.load(stop, 0) === 0;
    });
    send({ type: 'finished', result });
  } catch (error) {
    send({ type: 'failed', job, error });
  }
});
