import { expect, test } from 'vitest';
import type { RunResult } from '../src/result.ts';
import { summarise } from '../src/summary.ts';
import type { Task } from '../src/task.ts';
import { createPaint } from '../src/terminal/colour.ts';
import { table } from '../src/terminal/table.ts';
import { capture, madeUp } from '../src/testing/index.ts';
import { failure, otherTask, perplexity, task } from './fixture.ts';

const { metric, runs } = task;
const plain = createPaint(capture(), {});
const tableOf = (results: readonly RunResult[], of: Task = task): string =>
  table(of, summarise(of.metric, of.runs, results), plain);
const seeds = (run: string, ...values: readonly number[]): RunResult[] =>
  values.map((value, i) => madeUp(run, { value, job: { run, seed: values.length - i, steps: 40 } }));

test('a summary holds medians, the worst seed and the failures', () => {
  const [summary] = summarise(metric, runs, seeds('fixed-1', 0.9, 0.5, 0.1));
  expect(summary).toMatchObject({ value: 0.5, worst: 0.1, failed: 1, stopped: 0, clipRate: 0.3, clipperShare: 0.0025 });
  expect(summary!.results.map(({ job }) => job.seed)).toEqual([1, 2, 3]);
});

test('where lower is better the worst is the largest, and NaN is worse than that', () => {
  expect(summarise(perplexity, runs, seeds('fixed-1', 9, 5, 30))[0]).toMatchObject({ value: 9, worst: 30, failed: 1 });
  expect(summarise(perplexity, runs, seeds('fixed-1', NaN, 5, 9))[0]).toMatchObject({
    value: 9,
    worst: Infinity,
    failed: 1,
  });
  expect(summarise(metric, runs, seeds('fixed-1', NaN, 0.5, 0.9))[0]).toMatchObject({ value: 0.5, worst: -Infinity });
});

test('summaries come in the order of the runs, without those that have no result', () => {
  const summaries = summarise(metric, runs, [madeUp('percentile-10'), failure, madeUp('fixed-1')]);
  expect(summaries.map(({ run }) => run.name)).toEqual(['none', 'fixed-1', 'percentile-10']);
});

test('the table has a row for each run and fits 80 columns', () => {
  const text = tableOf([failure, ...runs.slice(1).map(({ name }) => madeUp(name))]);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const lines = text.replace(/ +/g, ' ');
  expect(lines).toContain('none 10.0 % yes, step 12 30 % ∞ 0.25 %');
  expect(lines).toContain('moving average x1.5 87.5 % no 30 % 2.3e3 0.25 %');
  expect(lines).toContain('\nclean\nnone 87.5 %');
});

test('the table of several seeds gives median and worst', () => {
  expect(tableOf(seeds('fixed-3', 0.1, 0.2))).toContain('15.0 / 10.0 %  1 of 2');
  const lower = tableOf(seeds('fixed-3', 18, 21), otherTask);
  expect(lower).toContain('median / most');
  expect(lower).toContain('19.50 / 21.00  1 of 2');
});

test('the table says beyond which limit a run has failed, and has no time where none was taken', () => {
  expect(tableOf([madeUp('fixed-3', { value: 0.15 })])).toContain('yes, < 20 %');
  const { clipperShare: _, ...untimed } = madeUp('fixed-3', { value: 23 });
  const text = tableOf([untimed], otherTask);
  expect(text).toContain('yes, > 20 ');
  expect(text).not.toContain('time in');
});

test('interrupted runs are marked as cut, and are no failures', () => {
  expect(tableOf([madeUp('fixed-3', { ending: 'stopped', steps: 9, value: 0.1 })])).toContain('cut at 9');
});
