import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';
import type { FromWorker } from '../src/pool.ts';
import { serve } from '../src/serve.ts';
import { train } from './trial.ts';

const thread = vi.hoisted(() => ({ parentPort: undefined as unknown, workerData: undefined as unknown }));
vi.mock('node:worker_threads', () => thread);

const stop = new Int32Array(1);
let sent: FromWorker[] = [];
let port: EventEmitter;

beforeEach(() => {
  stop[0] = 0;
  sent = [];
  port = Object.assign(new EventEmitter(), { postMessage: (message: FromWorker) => sent.push(message) });
  Object.assign(thread, { parentPort: port, workerData: { setup: 'shared', stop } });
});

const job = { run: 'fixed-7', seed: 1, steps: 500 };
const until = (type: FromWorker['type']) => vi.waitFor(() => expect(sent.at(-1)?.type).toBe(type));

test('a job is answered with progress and a result', async () => {
  serve(train);
  port.emit('message', job);
  await until('finished');
  expect(sent.length).toBeLessThan(100); // not each of 500 steps
  expect(sent.at(-2)).toMatchObject({ type: 'progress', job, progress: { step: 500 } });
  expect(sent.at(-1)).toMatchObject({ result: { job, ending: 'finished', steps: 500 } });
});

test('the flag stops a training between its steps', async () => {
  serve(train);
  port.emit('message', job);
  stop[0] = 1;
  await until('finished');
  expect(sent.at(-1)).toMatchObject({ result: { ending: 'stopped', steps: 1 } });
});

test('the training is given what the task has set up, and its errors are sent', async () => {
  const error = new Error('no such luck');
  serve(async (_, setup: string) => {
    expect(setup).toBe('shared');
    throw error;
  });
  port.emit('message', job);
  await until('failed');
  expect(sent).toEqual([{ type: 'failed', job, error }]);
});
