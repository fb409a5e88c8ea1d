import { expect, test } from 'vitest';
import { JobError, trainInThreads } from '../src/pool.ts';
import type { Watcher } from '../src/pool.ts';
import type { Job } from '../src/result.ts';

/** A thread that trains nothing: what it does is in the name of the run. */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort, workerData } from 'node:worker_threads';
  parentPort.on('message', (job) => {
    if (workerData.setup.shared !== 'by all') process.exit(1);
    if (job.run === 'crash') process.exit(7);
    if (job.run === 'throw') return parentPort.postMessage({ type: 'failed', job, error: new Error('no such luck') });
    parentPort.postMessage({ type: 'progress', job, progress: { step: 1 } });
    const wait = () => {
      const stopped = Atomics.load(workerData.stop, 0) === 1;
      if (job.run === 'long' && !stopped) return setTimeout(wait, 5);
      parentPort.postMessage({ type: 'finished', result: { job, ending: stopped ? 'stopped' : 'finished' } });
    };
    wait();
  });
`)}`,
);

const setup = { shared: 'by all' };
const jobs = (...names: string[]): Job[] => names.map((run, seed) => ({ run, seed, steps: 5 }));

function watch(): Watcher & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    started: ({ run, seed }) => void log.push(`start ${run} ${seed}`),
    progress: ({ run, seed }) => void log.push(`at ${run} ${seed}`),
    finished: ({ job: { run, seed } }) => void log.push(`end ${run} ${seed}`),
  };
}

const never = new AbortController().signal;

test('every job is trained and watched once', async () => {
  const watcher = watch();
  const results = await trainInThreads(script, 2)(jobs('a', 'b', 'c'), setup, watcher, never);
  expect(results.map(({ job }) => job.run).sort()).toEqual(['a', 'b', 'c']);
  expect(watcher.log.sort()).toEqual(
    ['a 0', 'b 1', 'c 2'].flatMap((id) => [`at ${id}`, `end ${id}`, `start ${id}`]).sort(),
  );
});

test('an abort stops what runs and leaves out the rest', async () => {
  const controller = new AbortController();
  const watcher = watch();
  watcher.progress = () => controller.abort();
  const results = await trainInThreads(script, 1)(jobs('long', 'a'), setup, watcher, controller.signal);
  expect(results.map(({ job, ending }) => [job.run, ending])).toEqual([['long', 'stopped']]);
});

test('after an abort nothing starts', async () => {
  expect(await trainInThreads(script, 2)(jobs('a', 'b'), setup, watch(), AbortSignal.abort())).toEqual([]);
});

test.each([
  ['throw', "The run 'throw' with seed 1 broke off: no such luck"],
  ['crash', "The run 'crash' with seed 1 broke off: the thread ended with code 7"],
])('a run that ends in a %s is named, and the others are kept', async (name, message) => {
  const error: unknown = await trainInThreads(script, 2)(jobs('long', name, 'a'), setup, watch(), never).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(JobError);
  expect((error as JobError).message).toBe(message);
  expect((error as JobError).results.map(({ job }) => job.run)).toEqual(['long']);
});
