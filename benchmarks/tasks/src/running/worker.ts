import { parentPort } from 'node:worker_threads';
import type { Job } from '../job.ts';
import { createPerformer } from './perform.ts';

const perform = createPerformer();

parentPort!.on('message', async (job: Job) => {
  try {
    parentPort!.postMessage({ result: await perform(job) });
  } catch (error) {
    parentPort!.postMessage({ error });
  }
});
