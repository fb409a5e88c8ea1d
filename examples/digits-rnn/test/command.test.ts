import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { command } from '../src/cli.ts';
import { JobError } from '../src/pool.ts';
import type { Trainer } from '../src/pool.ts';
import { train } from '../src/train.ts';
import { capture, result } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'digits-rnn-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains one job after the other, here. */
const inProcess: Trainer = async (jobs, digits, watcher, signal) =>
  jobs.map((job) => {
    watcher.started(job);
    const trained = train(job, digits, (progress) => {
      watcher.progress(job, progress);
      return !signal.aborted;
    });
    watcher.finished(trained);
    return trained;
  });

async function run(line: string, settings: { trainer?: Trainer; signal?: AbortSignal } = {}) {
  const stdout = capture();
  const stderr = capture();
  const { trainer = inProcess, signal = new AbortController().signal } = settings;
  const surroundings = { stdout, stderr, env: {}, signal, trainer: () => trainer };
  const code = await command(line.split(' '), surroundings);
  return { code, out: stdout.text(), err: stderr.text() };
}

test('a few steps from start to report, in plain text', async () => {
  const report = join(folder, 'few.html');
  const { code, out, err } = await run(`--steps 12 --policies none,fixed-1,percentile-10-clean --report ${report}`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const control of ['\u001b', '\r', '\b']) expect(out).not.toContain(control);
  for (const title of ['none: started', 'fixed 1: finished, accuracy', 'clean images', 'percentile 10'])
    expect(out).toContain(title);
  expect(out.split('\n').every((line) => line.length <= 80 || line.includes('file:'))).toBe(true);
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^3 runs in \d+ s\. Report: file:\/\/.*few\.html$/);
  expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>/);
});

test('--json prints one document and nothing else', async () => {
  const report = join(folder, 'json.html');
  const { code, out, err } = await run(`--json --steps 3 --seeds 2 --seed 5 --policies fixed-1 --report ${report}`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const document = JSON.parse(out);
  expect(document).toMatchObject({
    task: { name: 'digits-rnn', steps: 3, batchSize: 32, damagedImages: 8, firstSeed: 5, seeds: 2 },
    complete: true,
    report,
    runs: [
      {
        name: 'fixed-1',
        data: 'damaged',
        results: [
          { seed: 5, steps: 3 },
          { seed: 6, steps: 3 },
        ],
      },
    ],
  });
  expect(document.runs[0].results[0].largestNorm).toBeGreaterThan(0);
  expect(document.runs[0].results[0].history).toBeUndefined();
});

test('stopped early, it shows what there is and says so', async () => {
  const controller = new AbortController();
  const stopAfterFirst: Trainer = async ([first], digits, watcher, signal) => {
    watcher.progress = () => controller.abort();
    return inProcess([first!], digits, watcher, signal);
  };
  const { code, out } = await run(`--steps 50 --policies fixed-1,fixed-3 --report ${join(folder, 'cut.html')}`, {
    trainer: stopAfterFirst,
    signal: controller.signal,
  });
  expect(code).toBe(130);
  expect(out).toContain('cut at 1');
  expect(out).toContain('Stopped early: 0 of 2 runs complete.');
  expect(readFileSync(join(folder, 'cut.html'), 'utf8')).toContain('Stopped early');
});

test('stopped before the first run, it still ends well', async () => {
  const { code, out } = await run(`--report ${join(folder, 'none.html')}`, {
    trainer: async () => [],
    signal: AbortSignal.abort(),
  });
  expect(code).toBe(130);
  expect(out).toContain('Stopped early: 0 of 12 runs complete.');
});

test('a broken run is named, after the results of the others', async () => {
  const trainer: Trainer = async ([, second]) => {
    throw new JobError(second!, [result('none')], new Error('no such luck'));
  };
  const { code, out, err } = await run(`--policies none,fixed-1 --report ${join(folder, 'broken.html')}`, { trainer });
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
  const { code, out, err } = await run(line);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

test('--help explains and trains nothing', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  expect(out).toContain('Usage:');
  expect(existsSync(join(folder, 'report.html'))).toBe(false);
});
