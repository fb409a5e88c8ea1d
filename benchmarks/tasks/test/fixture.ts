import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { keyOf } from '../src/job.ts';
import type { Job, Result, Selection } from '../src/job.ts';
import { candidates } from '../src/policies.ts';
import { summarize } from '../src/summary.ts';
import type { Cell } from '../src/summary.ts';
import { findTask } from '../src/tasks.ts';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder that is there until the end of the tests of a file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gradclip-tasks-'));
  folders.push(folder);
  return folder;
}

/** A result with made-up numbers. */
export function result(seed: number, value: number, more: Partial<Result> = {}): Result {
  const job = { task: 'A', policy: 'auto', setting: '1', seed };
  return { ...job, value, steps: 3000, clipRate: 0.2, largestNorm: 9, seconds: 0.1, ...more };
}

/** One setting of task A under auto, the first three design seeds. */
export function choose(more: Partial<Selection> = {}): Selection {
  const all = { tasks: [findTask('A')], policies: ['auto'], sets: ['design'] as const, limit: 3 };
  return { ...all, wants: (setting) => setting === '1', ...more };
}

export const asMap = (results: readonly Result[]): ReadonlyMap<string, Result> =>
  new Map(results.map((each) => [keyOf(each), each]));

/** Results of a policy on the first design seeds of every named setting; NaN: lost, or not solved. */
export function runs(task: string, policy: string, values: Readonly<Record<string, readonly number[]>>): Result[] {
  const solved = (value: number) => (findTask(task).cell === 'solved' ? { solved: !Number.isNaN(value) } : {});
  return Object.entries(values).flatMap(([setting, list]) =>
    list.map((value, i) => result(i + 1, value, { task, policy, setting, ...solved(value) })),
  );
}

/** Cells of all policies and settings of a task on the design seeds. */
export function cellsOf(task: string, results: readonly Result[]): readonly Cell[] {
  const policies = candidates.map(({ name }) => name);
  return summarize(choose({ tasks: [findTask(task)], policies, wants: () => true, limit: Infinity }), asMap(results));
}

/** The same value in each setting. */
export const everywhere = (task: string, values: readonly number[]): Record<string, readonly number[]> =>
  Object.fromEntries(findTask(task).settings.map((setting) => [setting, values]));

/** What a run of the job would give, were its policy as good as its name is short. */
export const madeUp = (job: Job): Result => result(job.seed, job.policy.length / 100, job);
