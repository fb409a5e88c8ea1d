import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyOf, plan } from '../src/job.ts';
import { openForAdding, readResults } from '../src/running/resultFile.ts';
import { summarize } from '../src/summary.ts';
import { tableOf } from '../src/table.ts';
import { findTask, tasks } from '../src/tasks.ts';
import { asMap, cellsOf, choose, everywhere, newFolder, result, runs } from './fixture.ts';

const newFile = () => join(newFolder(), 'results.jsonl');

describe('the file of results', () => {
  test('gives back what was added, NaN too', () => {
    const path = newFile();
    const add = openForAdding(path);
    add(result(1, 0.5));
    add(result(2, NaN));
    expect([...readResults(path).values()]).toEqual([result(1, 0.5), result(2, NaN)]);
  });

  test('of two results of one job the later one counts', () => {
    const path = newFile();
    openForAdding(path)(result(1, 0.5));
    openForAdding(path)(result(1, 0.75));
    expect([...readResults(path).values()]).toEqual([result(1, 0.75)]);
  });

  test('goes on wherever a line was cut off, and keeps what is there', () => {
    const whole = newFile();
    openForAdding(whole)(result(1, 0.5));
    const line = readFileSync(whole, 'utf8');
    for (let cut = 1; cut < line.length - 1; cut++) {
      const path = newFile();
      writeFileSync(path, line + line.slice(0, cut));
      const add = openForAdding(path);
      expect(readResults(path).size).toBe(1);
      add(result(2, 0.25));
      expect([...readResults(path).values()]).toEqual([result(1, 0.5), result(2, 0.25)]);
      expect(readFileSync(path, 'utf8').startsWith(line + line.slice(0, cut))).toBe(true);
    }
  });

  test('two that add to one file do not disturb each other', () => {
    const path = newFile();
    const [one, other] = [openForAdding(path), openForAdding(path)];
    one(result(1, 0.5));
    other(result(2, 0.25));
    one(result(3, 0.125));
    expect(readResults(path).size).toBe(3);
  });

  test.each(['seed,value\n1,2\n', '{"a":1}\n', '[]\n'])('refuses a file of something else: %j', (text) => {
    const path = newFile();
    writeFileSync(path, text);
    expect(() => readResults(path)).toThrow(`line 1: this is no result: ${text.split('\n')[0]}`);
    appendFileSync(path, text);
    expect(() => readResults(path)).toThrow('line 1');
  });
});

describe('the plan', () => {
  test('has every policy, setting and seed once, the first seed of all of them first', () => {
    const jobs = plan(choose({ policies: ['none', 'auto'], sets: ['design', 'held-out'], limit: 2 }));
    expect(jobs.map(keyOf)).toEqual(
      [1, 101, 2, 102].flatMap((seed) => [`A | none | 1 | ${seed}`, `A | auto | 1 | ${seed}`]),
    );
  });

  test('has the first seeds of all tasks before the second ones', () => {
    const jobs = plan(choose({ tasks, wants: () => true }));
    const seeds = jobs.map(({ seed }) => seed);
    expect(seeds).toEqual(seeds.toSorted((a, b) => a - b));
    expect(new Set(jobs.filter(({ seed }) => seed === 1).map(({ task }) => task)).size).toBe(tasks.length);
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

  test('groups and targets are of settings that there are', () => {
    for (const { settings, groups, targets } of tasks) {
      expect(groups.flatMap((group) => group.settings)).toEqual(settings);
      const asked = targets.flatMap((target) => target.settings);
      expect(asked.filter((setting) => !settings.includes(setting))).toEqual([]);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });
});

describe('the table', () => {
  test('has medians and worst seeds', () => {
    const selection = choose();
    const cells = summarize(selection, asMap([result(1, 0.1), result(2, 0.3), result(3, NaN)]));
    expect(cells).toMatchObject([{ value: 0.3, worst: Infinity, failed: 1, known: 3, planned: 12 }]);
    expect(tableOf(findTask('A'), 'design', ['auto'], cells)).toContain('0.300 (lost, 1 lost)');
  });

  test('has means of the excess over the reference, and leaves out what has none yet', () => {
    const cells = cellsOf('D', [
      ...runs('D', 'none', { clean: [2, 3] }),
      ...runs('D', 'auto', { 'single x1': [2.5, 3.25, 9] }),
    ]);
    expect(cells.find(({ policy }) => policy === 'auto')).toMatchObject({
      value: 0.375,
      worst: 0.5,
      failed: 0,
      known: 2,
    });
  });

  test('has the number of solved runs', () => {
    const cells = cellsOf('C', runs('C', 'auto', { 'T=20 rate=0.1': [900, NaN, 700] }));
    expect(tableOf(findTask('C'), 'design', ['auto'], cells)).toContain('2/3');
  });

  test('says which seeds, marks what meets the target, names the best constants', () => {
    const cells = cellsOf('A', [
      ...runs('A', 'auto', everywhere('A', [0.08, 0.09, 0.5])),
      ...runs('A', 'fixed-1', { ...everywhere('A', [0.5]), 1: [0.03] }),
      ...runs('A', 'fixed-10', everywhere('A', [0.4])),
    ]);
    const table = tableOf(findTask('A'), 'design', ['auto', 'none'], cells);
    expect(table).toContain('design seeds 1 to 12, 3 known');
    expect(table).toContain('0.090 (0.500) ✓');
    expect(table).toContain('1e-2: fixed-10 (0.400); 1: fixed-1 (0.030);');
    expect(table).toContain('Best constant over all settings: fixed-1, at most 0.100 behind');
    expect(table).not.toContain('none');
    expect(tableOf(findTask('B'), 'design', ['auto'], cells)).toBe('');
  });
});
