import { median } from '@gradclip/example-compare';
import { keyOf, seedsOf } from './job.ts';
import type { Result, Selection } from './job.ts';
import type { SeedSet, Task } from './task.ts';

/** What became of one policy in one setting, over the seeds of one set. */
export interface Cell {
  readonly task: string;
  readonly set: SeedSet;
  readonly policy: string;
  readonly setting: string;
  /** The number of the table; for a task that is solved or not, how many seeds were. NaN: all failed, or none is known. */
  readonly value: number;
  /** The worst seed; for a task that is solved or not, NaN. */
  readonly worst: number;
  /** Seeds that lost their weights. */
  readonly failed: number;
  /** Seeds whose results are known. */
  readonly known: number;
  /** Mean share of clipped steps. */
  readonly clipRate: number;
  /** Mean of the processor time of a run. */
  readonly seconds: number;
}

/** The cells of a selection, in its order; those without any result are left out. */
export function summarize(selection: Selection, results: ReadonlyMap<string, Result>): readonly Cell[] {
  return selection.tasks.flatMap((task) =>
    selection.sets.flatMap((set) =>
      selection.policies.flatMap((policy) =>
        task.settings.filter(selection.wants).flatMap((setting) => {
          const seeds = seedsOf(task, setting, set, selection.limit);
          const runs = seeds
            .map((seed) => results.get(keyOf({ task: task.name, policy, setting, seed })))
            .filter((run) => run !== undefined);
          return runs.length ? [cellOf(task, { set, policy, setting }, runs, results)] : [];
        }),
      ),
    ),
  );
}

function cellOf(
  task: Task,
  where: Pick<Cell, 'set' | 'policy' | 'setting'>,
  runs: readonly Result[],
  results: ReadonlyMap<string, Result>,
): Cell {
  const { reference, cell, better } = task;
  const values = runs.map(({ value, seed }) => {
    const against = reference && results.get(keyOf({ task: task.name, ...reference, seed }));
    return reference ? value - (against?.value ?? NaN) : value;
  });
  const failed = cell === 'solved' ? 0 : values.filter(Number.isNaN).length;
  const worstValue = better === 'lower' ? Infinity : -Infinity;
  // A run without weights is as bad as can be, which a median bears and a mean does not.
  const ordered = values.map((value) => (Number.isNaN(value) ? worstValue : value));
  return {
    task: task.name,
    ...where,
    value:
      cell === 'solved'
        ? runs.filter(({ solved }) => solved).length
        : cell === 'median'
          ? median(ordered)
          : mean(ordered),
    worst: cell === 'solved' ? NaN : better === 'lower' ? Math.max(...ordered) : Math.min(...ordered),
    failed,
    known: runs.length,
    clipRate: mean(runs.map(({ clipRate }) => clipRate)),
    seconds: mean(runs.map(({ seconds }) => seconds)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
