import { median } from '@gradclip/example-compare';
import { keyOf, seedsOf } from './job.ts';
import type { Result, Selection } from './job.ts';
import { mean } from './numerics/statistics.ts';
import type { SeedSet, Task } from './task.ts';

/** One seed of a cell. */
export interface SeedValue {
  readonly seed: number;
  /** The number that went into the cell: for 'mean excess' without the reference. NaN: it lost its weights, or was not solved. */
  readonly value: number;
}

/** What became of one policy in one setting, over the seeds of one set. */
export interface Cell {
  readonly task: string;
  readonly set: SeedSet;
  readonly policy: string;
  readonly setting: string;
  /** The number of the table; for a task that is solved or not, how many seeds were. Infinite where lost runs decide it. */
  readonly value: number;
  /** The worst seed; for a task that is solved or not, NaN. */
  readonly worst: number;
  /** Seeds that lost their weights. */
  readonly failed: number;
  /** Seeds whose results are known. */
  readonly known: number;
  /** Seeds that the task has in this setting. */
  readonly planned: number;
  /** Mean share of clipped steps. */
  readonly clipRate: number;
  /** Mean of the processor time of a run. */
  readonly seconds: number;
  readonly runs: readonly SeedValue[];
}

/** The cells of a selection, in its order; those without any result are left out. */
export function summarize(selection: Selection, results: ReadonlyMap<string, Result>): readonly Cell[] {
  const { sets, policies, wants, limit } = selection;
  return selection.tasks.flatMap((task) =>
    sets.flatMap((set) =>
      policies.flatMap((policy) =>
        task.settings.filter(wants).flatMap((setting) => {
          const runs = seedsOf(task, setting, set, limit).flatMap((seed) => {
            const run = results.get(keyOf({ task: task.name, policy, setting, seed }));
            const against = task.reference
              ? results.get(keyOf({ task: task.name, ...task.reference, seed }))
              : undefined;
            // Without the run that it is compared with it says nothing yet.
            return run && (against || !task.reference) ? [{ run, against: against?.value ?? 0 }] : [];
          });
          return runs.length ? [cellOf(task, { set, policy, setting }, runs)] : [];
        }),
      ),
    ),
  );
}

function cellOf(
  task: Task,
  where: Pick<Cell, 'set' | 'policy' | 'setting'>,
  pairs: readonly { readonly run: Result; readonly against: number }[],
): Cell {
  const { cell, better } = task;
  const runs = pairs.map(({ run, against }) => ({ seed: run.seed, value: run.value - against }));
  const solved = pairs.filter(({ run }) => run.solved).length;
  const values = runs.map(({ value }) => orWorst(task, value));
  return {
    task: task.name,
    ...where,
    value: cell === 'solved' ? solved : cell === 'median' ? median(values) : mean(values),
    worst: cell === 'solved' ? NaN : better === 'lower' ? Math.max(...values) : Math.min(...values),
    failed: cell === 'solved' ? 0 : runs.filter(({ value }) => Number.isNaN(value)).length,
    known: runs.length,
    planned: task.seeds(where.set, where.setting).length,
    clipRate: mean(pairs.map(({ run }) => run.clipRate)),
    seconds: mean(pairs.map(({ run }) => run.seconds)),
    runs,
  };
}

/** A run without weights is as bad as can be, which a median bears and a mean does not. */
export function orWorst({ better }: Task, value: number): number {
  return Number.isNaN(value) ? (better === 'lower' ? Infinity : -Infinity) : value;
}
