import { capture } from '@gradclip/example-compare/testing';
import { describe, expect, test, vi } from 'vitest';
import type { Job, Result } from '../src/job.ts';
import { keyOf } from '../src/job.ts';
import { createEstimate } from '../src/running/estimate.ts';
import { runJobs } from '../src/running/pool.ts';
import { createProgress, duration } from '../src/running/progress.ts';
import { result } from './fixture.ts';

const job = (task: string, setting: string, seed: number): Job => ({ task, policy: 'auto', setting, seed });
const never = new AbortController().signal;

/** A thread that trains nothing: what it does is in the setting. */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', (job) => {
    if (job.setting === 'crash') process.exit(7);
    if (job.setting === 'throw') return parentPort.postMessage({ error: new Error('no such luck') });
    if (job.setting === 'endless') for (;;);
    parentPort.postMessage({ result: { ...job, value: job.seed } });
  });
`)}`,
);

describe('the threads', () => {
  async function run(jobs: readonly Job[], threads: number, signal: AbortSignal = never) {
    const done: Result[] = [];
    const started: Job[] = [];
    const watcher = { started: (each: Job) => started.push(each), done: (each: Result) => done.push(each) };
    const error: unknown = await runJobs(jobs, threads, watcher, signal, script).catch((e: unknown) => e);
    return { done, started, error };
  }

  test.each([1, 2, 5])('%i do every job once', async (threads) => {
    const jobs = Array.from({ length: 12 }, (_, i) => job('A', '1', i));
    const { done, started } = await run(jobs, threads);
    expect(done.map(({ seed }) => seed).sort((a, b) => a - b)).toEqual(jobs.map(({ seed }) => seed));
    expect(started).toEqual(jobs);
  });

  test.each([
    ['throw', 'A | auto | throw | 2 broke off: no such luck'],
    ['crash', 'A | auto | crash | 2 broke off: the thread ended with code 7'],
  ])('a job that ends in a %s is named, and what was done is kept', async (setting, message) => {
    const { done, error } = await run([job('A', '1', 1), job('A', setting, 2), job('A', '1', 3)], 1);
    expect((error as Error).message).toBe(message);
    expect(done.map(({ seed }) => seed)).toEqual([1]);
  });

  test('an abort ends even what never ends by itself', async () => {
    const controller = new AbortController();
    const jobs = [job('A', '1', 1), job('A', 'endless', 2), job('A', 'endless', 3)];
    const done: Result[] = [];
    const started = ({ seed }: Job): void => void (seed === 3 && controller.abort());
    await runJobs(jobs, 2, { started, done: (each) => done.push(each) }, controller.signal, script);
    expect(done.length).toBeLessThanOrEqual(1);
    expect((await run(jobs, 1, controller.signal)).started).toEqual([]);
  });

  test('nothing to do is done at once', async () => {
    expect(await run([], 3)).toEqual({ done: [], started: [], error: undefined });
  });
});

describe('the time left', () => {
  const short = [1, 2, 3, 4].map((seed) => job('A', '1', seed));
  const long = [1, 2, 3].map((seed) => job('C', 'T=30 rate=0.1', seed));

  test('weighs the runs by what is known of their setting', () => {
    const known = [
      result(9, 0, { task: 'A', setting: '1', seconds: 0.5 }),
      result(9, 0, { task: 'C', setting: 'T=30 rate=0.1', seconds: 50 }),
      result(9, 0, { task: 'C', setting: 'T=20 rate=0.1', seconds: 5 }),
    ];
    const estimate = createEstimate([...short, ...long], known, 2);
    expect(estimate.left(0)).toBeCloseTo((4 * 0.5 + 3 * 50) / 2);
    expect(estimate.share(0)).toBe(0);
    // What runs is counted down, but not below nothing.
    estimate.started(long[0]!, 1);
    expect(estimate.left(41)).toBeCloseTo((2 + 10 + 100) / 2);
    expect(estimate.left(501)).toBeCloseTo((2 + 100) / 2);
    // 70 s instead of 50: at first that is a slower machine, (70 + 20) / (50 + 20).
    estimate.done(long[0]!, 71);
    const slower = 90 / 70;
    expect(estimate.left(71)).toBeCloseTo((4 * 0.5 * slower + (2 * (50 * slower + 70)) / 2) / 2);
  });

  test('of few short runs says little about long ones', () => {
    const estimate = createEstimate([...short, ...long], [], 1);
    const before = estimate.left(0);
    estimate.started(short[0]!, 0);
    estimate.done(short[0]!, 1); // ten times what was expected
    expect(estimate.left(1) / before).toBeLessThan(1.2);
  });

  test('is at least the longest run, however many threads there are', () => {
    const estimate = createEstimate(long, [result(9, 0, { ...long[0]!, seconds: 50 })], 4);
    expect(estimate.left(0)).toBe(50);
    long.forEach((each) => estimate.started(each, 0));
    expect(estimate.left(20)).toBe(30);
  });

  test('starts from the cost of the task, and ends at nothing', () => {
    const estimate = createEstimate(short, [], 1);
    expect(estimate.left(0)).toBeCloseTo(0.4);
    for (const [i, each] of short.entries()) {
      estimate.started(each, i);
      estimate.done(each, i + 1);
    }
    expect(estimate.left(4)).toBe(0);
    expect(estimate.share(4)).toBe(1);
  });
});

describe('the progress', () => {
  const jobs = Array.from({ length: 1200 }, (_, i) => job('C', 'T=30 rate=0.1', i));

  function follow(columns: number | undefined): string {
    vi.useFakeTimers();
    const stream = capture(columns);
    let now = 0;
    const progress = createProgress(stream, jobs, [], 1, () => now);
    for (const each of jobs.slice(0, 3)) {
      progress.started(each);
      now += 7;
      vi.advanceTimersByTime(7000);
      progress.done(result(each.seed, 0, each));
    }
    progress.end();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    return stream.text();
  }

  test('is one line, written over, narrower than the terminal', () => {
    const pieces = follow(60).split('\r\u001b[2K');
    expect(pieces).toHaveLength(27); // at the start, every second, after each run, at the end
    expect(pieces.some((piece) => piece.includes('\n'))).toBe(false);
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(59);
    expect(pieces.at(-1)).toBe('');
  });

  test('says how many runs, how much of the work, and how long', () => {
    const last = follow(200).split('\r\u001b[2K').at(-2);
    expect(last).toBe(`3 of 1,200 runs, 0 % of the work, about 2 h 14 min left; last ${keyOf(jobs[2]!)}`);
  });

  test('takes a terminal that says 0 columns for one of 80', () => {
    expect(
      Math.max(
        ...follow(0)
          .split('\r\u001b[2K')
          .map(({ length }) => length),
      ),
    ).toBe(79);
  });

  test('is quiet in a pipe', () => expect(follow(undefined)).toBe(''));

  test.each([
    [0.2, '1 s'],
    [89, '89 s'],
    [90, '2 min'],
    [5300, '89 min'],
    [5401, '1 h 31 min'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
