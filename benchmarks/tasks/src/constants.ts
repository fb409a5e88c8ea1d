import { mean } from './numerics/statistics.ts';
import { candidates } from './policies.ts';
import type { Cell } from './summary.ts';
import type { SeedSet, Task } from './task.ts';

/** The constants that a threshold would be chosen from by trying, in their order. */
export const grid: readonly { readonly policy: string; readonly threshold: number }[] = candidates
  .flatMap(({ name, threshold }) => (threshold === undefined ? [] : [{ policy: name, threshold }]))
  .toSorted((a, b) => a.threshold - b.threshold);

/** The best constants of the grid: more than one where they do equally well. */
export interface BestConstants {
  readonly task: string;
  readonly set: SeedSet;
  readonly settings: readonly {
    readonly setting: string;
    readonly policies: readonly string[];
    readonly value: number;
  }[];
  /**
   * Over all settings: the constant that solves the greatest share of its runs, settings counted by their seeds; else the one
   * that is least behind the best one of a setting, where it is most behind. `value` is that share, or that gap.
   */
  readonly overall: { readonly policies: readonly string[]; readonly value: number };
}

/** Which constants of the grid are best on one set of seeds; undefined: none of them is known there. */
export function bestConstants(task: Task, set: SeedSet, cells: readonly Cell[]): BestConstants | undefined {
  const names = new Set(grid.map(({ policy }) => policy));
  const own = cells.filter((cell) => cell.task === task.name && cell.set === set && names.has(cell.policy));
  if (own.length === 0) return undefined;
  const badness = task.better === 'lower' ? 1 : -1;
  const settings = task.settings.flatMap((setting) => {
    const here = own.filter((cell) => cell.setting === setting);
    if (here.length === 0) return [];
    const least = Math.min(...here.map((cell) => badness * rateOf(task, cell)));
    const best = here.filter((cell) => badness * rateOf(task, cell) === least);
    return [{ setting, policies: best.map(({ policy }) => policy), value: best[0]!.value, rate: badness * least }];
  });
  const planned = settings.map(({ setting }) => task.seeds(set, setting).length);
  const totals = [...names].flatMap((policy) => {
    const mine = settings.map(({ setting }) => own.find((cell) => cell.policy === policy && cell.setting === setting));
    if (mine.includes(undefined)) return []; // it cannot be compared yet
    const total =
      task.cell === 'solved'
        ? -mean(mine.map((cell, i) => rateOf(task, cell!) * planned[i]!)) / mean(planned)
        : Math.max(...mine.map((cell, i) => gap(badness * cell!.value, badness * settings[i]!.rate)));
    return [{ policy, total }];
  });
  const least = Math.min(...totals.map(({ total }) => total));
  return {
    task: task.name,
    set,
    settings: settings.map(({ rate: _, ...rest }) => rest),
    overall: {
      policies: totals.filter(({ total }) => total === least).map(({ policy }) => policy),
      value: Math.abs(least),
    },
  };
}

/** What cells with different numbers of known seeds are compared by. */
function rateOf({ cell }: Task, { value, known }: Cell): number {
  return cell === 'solved' ? value / known : value;
}

function gap(worse: number, than: number): number {
  return worse === than ? 0 : worse - than;
}
