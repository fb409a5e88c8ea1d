import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { JobError } from '../src/pool.ts';
import type { Trainer } from '../src/pool.ts';
import { madeUp, runCommand, trainHere } from '../src/testing/index.ts';
import { task } from './fixture.ts';
import { train } from './trial.ts';

const folder = mkdtempSync(join(tmpdir(), 'compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

const here = trainHere(train);

test('from start to report, in plain text', async () => {
  const report = join(folder, 'few.html');
  const line = `--steps 12 --policies none,fixed-1,percentile-10-clean --report ${report}`;
  const { code, out, err } = await runCommand(task, line, here);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const control of ['\u001b', '\r', '\b']) expect(out).not.toContain(control);
  expect(out).toMatch(
    /^Training nothing at all: 3 runs of 12 steps, seed 1, 2 at a time. Some of it is\ndamaged\.\n\n/,
  );
  for (const words of ['none: started', 'fixed 1: finished, accuracy 87.5 %', '\nclean\n', '\nShows 3 runs.\nDoes not'])
    expect(out).toContain(words);
  const long = out.split('\n').filter((each) => each.length > 80);
  expect(
    long.every((each) => /^ +0 s|file:/.test(each)),
    long.join(),
  ).toBe(true);
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^3 runs in \d+ s\. Report: file:\/\/.*few\.html$/);
  expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/);
});

test('what is set up is waited for and shared', async () => {
  const setups: unknown[] = [];
  const trainer = trainHere((job, setup, watch) => {
    setups.push(setup);
    return train(job, setup, watch);
  });
  const own = { ...task, setup: async () => 'what took a while' };
  await runCommand(own, `--steps 3 --policies none,fixed-1 --report ${join(folder, 'setup.html')}`, trainer);
  expect(setups).toEqual(['what took a while', 'what took a while']);
});

test('--json prints one document and nothing else', async () => {
  const report = join(folder, 'json.html');
  const line = `--json --steps 3 --seeds 2 --seed 5 --policies fixed-1 --report ${report}`;
  const { code, out, err } = await runCommand(task, line, here);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const document = JSON.parse(out);
  expect(document).toMatchObject({
    task: { name: 'trial', steps: 3, batchSize: 32, firstSeed: 5, seeds: 2 },
    complete: true,
    shows: 'Shows 1 runs.',
    report,
    runs: [
      {
        name: 'fixed-1',
        group: 'with damage',
        accuracy: 0.875,
        leastAccuracy: 0.875,
        results: [
          { seed: 5, steps: 3, accuracy: 0.875, failed: false },
          { seed: 6, steps: 3 },
        ],
      },
    ],
  });
  expect(document.runs[0].results[0].largestNorm).toBe(5);
  expect(document.runs[0].results[0].history).toBeUndefined();
});

test('stopped early, it shows what there is and says so', async () => {
  const controller = new AbortController();
  const stopAfterFirst: Trainer = async ([first], setup, watcher, signal) => {
    watcher.progress = () => controller.abort();
    return here([first!], setup, watcher, signal);
  };
  const line = `--steps 50 --policies fixed-1,fixed-3 --report ${join(folder, 'cut.html')}`;
  const { code, out } = await runCommand(task, line, stopAfterFirst, controller.signal);
  expect(code).toBe(130);
  expect(out).toContain('cut at 1');
  expect(out).toContain('Stopped early: 0 of 2 runs complete.');
  expect(readFileSync(join(folder, 'cut.html'), 'utf8')).toContain('Stopped early');
});

test('stopped before the first run, it still ends well', async () => {
  const line = `--report ${join(folder, 'none.html')}`;
  const { code, out } = await runCommand(task, line, async () => [], AbortSignal.abort());
  expect(code).toBe(130);
  expect(out).toContain('Stopped early: 0 of 9 runs complete.');
});

test('a broken run is named, after the results of the others', async () => {
  const trainer: Trainer = async ([, second]) => {
    throw new JobError(second!, [madeUp('none')], new Error('no such luck'));
  };
  const line = `--policies none,fixed-1 --report ${join(folder, 'broken.html')}`;
  const { code, out, err } = await runCommand(task, line, trainer);
  expect(code).toBe(1);
  expect(err).toBe("The run 'fixed-1' with seed 1 broke off: no such luck\n");
  expect(out).toContain('87.5 %');
});

test.each([
  ['--policies nope', "--policies does not know 'nope'."],
  ['--steps many', '--steps must be a whole number'],
  [`--report ${folder}`, '--report needs the path of a file'],
  [`--report ${folder}/no/such.html`, '--report cannot be written'],
])('%s is refused with exit code 2', async (line, message) => {
  const { code, out, err } = await runCommand(task, line, here);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

test('--help explains and trains nothing', async () => {
  const { code, out } = await runCommand(task, '--help', here);
  expect(code).toBe(0);
  expect(out).toContain('Usage:');
  expect(existsSync(join(folder, 'trial-report.html'))).toBe(false);
});
