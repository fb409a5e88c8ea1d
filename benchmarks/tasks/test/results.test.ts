import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyOf, plan } from '../src/job.ts';
import type { Result, Selection } from '../src/job.ts';
import { parseOptions } from '../src/options.ts';
import { pageOf } from '../src/report/page.ts';
import { openResults } from '../src/running/resultFile.ts';
import { summarize } from '../src/summary.ts';
import { tableOf } from '../src/table.ts';
import { findTask, tasks } from '../src/tasks.ts';

const newFile = () => join(mkdtempSync(join(tmpdir(), 'gradclip-tasks-')), 'results.jsonl');
const result = (seed: number, value: number, more: Partial<Result> = {}): Result => {
  const job = { task: 'A', policy: 'auto', setting: '1', seed };
  return { ...job, value, steps: 3000, clipRate: 0.2, largestNorm: 9, seconds: 0.1, ...more };
};
const choose = (more: Partial<Selection>): Selection => {
  const all = { tasks: [findTask('A')], policies: ['auto'], sets: ['design'] as const, limit: 3 };
  return { ...all, wants: (setting) => setting === '1', ...more };
};
const asMap = (results: readonly Result[]) => new Map(results.map((each) => [keyOf(each), each]));

describe('the file of results', () => {
  test('gives back what was added, NaN too', () => {
    const path = newFile();
    const file = openResults(path);
    file.add(result(1, 0.5));
    file.add(result(2, NaN));
    expect([...openResults(path).known.values()]).toEqual([result(1, 0.5), result(2, NaN)]);
  });

  test('takes out a last line that was cut off, and goes on', () => {
    const path = newFile();
    openResults(path).add(result(1, 0.5));
    appendFileSync(path, '{"task":"A","poli');
    const file = openResults(path);
    expect(file.known.size).toBe(1);
    file.add(result(2, 0.25));
    expect(openResults(path).known.size).toBe(2);
  });

  test('refuses a file of something else', () => {
    const path = newFile();
    writeFileSync(path, 'seed,value\n1,2\n');
    expect(() => openResults(path)).toThrow('line 1: this is no result: seed,value');
  });
});

describe('the plan', () => {
  test('has every policy, setting and seed once', () => {
    const jobs = plan(choose({ policies: ['none', 'auto'], sets: ['design', 'held-out'] }));
    expect(jobs.map(keyOf).filter((key) => key.includes('auto'))).toEqual(
      [1, 2, 3, 101, 102, 103].map((seed) => `A | auto | 1 | ${seed}`),
    );
    expect(jobs).toHaveLength(12);
  });

  test('has the runs that others are compared with', () => {
    const jobs = plan(choose({ tasks: [findTask('D')], wants: (setting) => setting === 'single x1', limit: 1 }));
    expect(jobs.map(keyOf)).toEqual(['D | none | clean | 1', 'D | auto | single x1 | 1']);
  });

  test('design and held-out seeds are apart in every task', () => {
    for (const task of tasks)
      for (const setting of task.settings) {
        const design = new Set(task.seeds('design', setting));
        expect(task.seeds('held-out', setting).filter((seed) => design.has(seed))).toEqual([]);
      }
  });
});

describe('the table', () => {
  test('has medians and worst seeds', () => {
    const selection = choose({});
    const cells = summarize(selection, asMap([result(1, 0.1), result(2, 0.3), result(3, NaN)]));
    expect(cells).toMatchObject([{ value: 0.3, worst: Infinity, failed: 1, known: 3 }]);
    expect(tableOf(selection.tasks[0]!, 'design', cells)).toContain('0.300 (lost, 1 lost)');
  });

  test('has means of the excess over the reference', () => {
    const selection = choose({ tasks: [findTask('D')], wants: (setting) => setting === 'single x1', limit: 2 });
    const of = (policy: string, setting: string, seed: number, value: number) =>
      result(seed, value, { task: 'D', policy, setting });
    const cells = summarize(
      selection,
      asMap([
        of('none', 'clean', 1, 2),
        of('none', 'clean', 2, 3),
        of('auto', 'single x1', 1, 2.5),
        of('auto', 'single x1', 2, 3.25),
      ]),
    );
    expect(cells).toMatchObject([{ value: 0.375, worst: 0.5, failed: 0 }]);
  });

  test('has the number of solved runs', () => {
    const setting = 'T=20 rate=0.1';
    const selection = choose({ tasks: [findTask('C')], wants: (name) => name === setting });
    const of = (seed: number, solved: boolean) => result(seed, solved ? 900 : NaN, { task: 'C', setting, solved });
    const cells = summarize(selection, asMap([of(1, true), of(2, false), of(3, true)]));
    expect(tableOf(selection.tasks[0]!, 'design', cells)).toContain('2/3');
  });

  test('and a page with a picture of each setting', () => {
    const selection = choose({});
    const page = pageOf(selection, summarize(selection, asMap([result(1, 0.1)])));
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/NaN|undefined|src=|href=/);
  });
});

describe('the command line', () => {
  test('has everything as its default', () => {
    const options = parseOptions([]);
    if (options === 'help') throw new Error('no help was asked for');
    expect(options.tasks.map(({ name }) => name)).toEqual(['A', 'B', 'C', 'D', 'digits', 'text']);
    expect(options).toMatchObject({ sets: ['design', 'held-out'], workers: 1, json: false, limit: Infinity });
  });

  test.each([
    [['--tasks', 'X'], "There is no task 'X'. There are A, B, C, D, digits, text."],
    [['--policies', 'magic'], "There is no policy 'magic'."],
    [['--seeds', 'all'], "--seeds must be design, held-out or both, got 'all'."],
    [['--workers', '0'], "--workers must be a whole number from 1 on, got '0'."],
    [['--colour'], '--colour'],
  ])('%s', (argv, message) => expect(() => parseOptions(argv)).toThrow(message));
});
