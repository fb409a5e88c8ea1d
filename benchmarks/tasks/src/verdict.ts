import { median } from '@gradclip/example-compare';
import { mean, standardError } from './numerics/statistics.ts';
import { orWorst } from './summary.ts';
import type { Cell } from './summary.ts';
import type { Target } from './target.ts';
import type { SeedSet, Task } from './task.ts';

/** Whether a policy reaches a target, on the seeds that are known. */
export interface Verdict {
  readonly target: string;
  /** undefined: what it needs is not known. */
  readonly hit: boolean | undefined;
  /**
   * How far beyond the limit, in the unit of the task, or in runs that are missing; at most 0 where it is hit. Infinite
   * where a run lost its weights, NaN where it is not known.
   */
  readonly over: number;
  /** The setting that decides. */
  readonly setting: string;
  /** Seeds that were judged, and seeds that there are. */
  readonly known: number;
  readonly planned: number;
}

/** The cells by what they are of. */
export type Cells = ReadonlyMap<string, Cell>;

export function indexOf(cells: readonly Cell[]): Cells {
  return new Map(cells.map((cell) => [address(cell), cell]));
}

export function cellAt(cells: Cells, at: Pick<Cell, 'task' | 'set' | 'policy' | 'setting'>): Cell | undefined {
  return cells.get(address(at));
}

/** The verdicts of a policy, one for each target of the task. */
export function judge(task: Task, set: SeedSet, policy: string, cells: Cells): readonly Verdict[] {
  return task.targets.map((target) => judgeTarget(task, target, target.settings, set, policy, cells));
}

/** The verdict for one setting alone; undefined where nothing is asked. */
export function judgeSetting(task: Task, cell: Cell, cells: Cells): Verdict | undefined {
  const target = task.targets.find(({ settings }) => settings.includes(cell.setting));
  return target && judgeTarget(task, target, [cell.setting], cell.set, cell.policy, cells);
}

function judgeTarget(
  task: Task,
  target: Target,
  settings: readonly string[],
  set: SeedSet,
  policy: string,
  cells: Cells,
): Verdict {
  const own = settings.map((setting) => cellAt(cells, { task: task.name, set, policy, setting }));
  const found = own.filter((cell) => cell !== undefined);
  const counts = {
    target: target.says,
    known: found.reduce((sum, { known }) => sum + known, 0),
    planned: settings.reduce((sum, setting) => sum + task.seeds(set, setting).length, 0),
  };
  const overs = found.map((cell) => beyond(task, target, cell, cells));
  const worst = overs.reduce((at, over, i) => (over > (overs[at] ?? NaN) || Number.isNaN(overs[at]) ? i : at), 0);
  const over = target.kind === 'solved' ? missing(found, target.share) : (overs[worst] ?? NaN);
  const setting = found[worst]?.setting ?? settings[0]!;
  // Missed in one setting is missed, whatever the others will be, but for runs that are counted together, which may make up
  // for it. Hit it is in all of them only.
  const complete = found.length === settings.length && !overs.some(Number.isNaN);
  const missed = over > 1e-9 && (complete || target.kind !== 'solved' || target.share === 1);
  return {
    ...counts,
    setting,
    hit: missed ? false : complete ? true : undefined,
    over: missed || complete ? over : NaN,
  };
}

/** How far the value of a cell is beyond the limit; NaN: not known. */
function beyond(task: Task, target: Target, cell: Cell, cells: Cells): number {
  switch (target.kind) {
    case 'at most':
      return cell.value - target.limit;
    case 'solved':
      return missing([cell], target.share);
    case 'near': {
      const rivals = [...cells.values()].filter(
        (other) => isBeside(cell, other) && target.policies.includes(other.policy),
      );
      const gaps = rivals.map((rival) => gapTo(task, cell, rival)).filter((gap) => !Number.isNaN(gap));
      return gaps.length ? Math.max(...gaps) - target.limit : NaN;
    }
    case 'no loss': {
      const none = cellAt(cells, { ...cell, policy: 'none' });
      const pairs = none ? sharedRuns(cell, none) : [];
      const differences = pairs.map(([mine, its]) => difference(task, mine.value, its.value));
      const gap = mean(differences);
      return gap === -Infinity ? gap : gap - 2 * standardError(pairs.map(([, its]) => its.value));
    }
  }
}

/** Runs that are missing to the share, at least 0. */
function missing(cells: readonly Cell[], share: number): number {
  const known = cells.reduce((sum, cell) => sum + cell.known, 0);
  const solved = cells.reduce((sum, { value }) => sum + value, 0);
  return known === 0 ? NaN : Math.max(0, Math.ceil(share * known - 1e-9) - solved);
}

/** How much better the rival's median is, on the seeds that both have. */
function gapTo(task: Task, cell: Cell, rival: Cell): number {
  const pairs = sharedRuns(cell, rival);
  const [mine, its] = [0, 1].map((i) => median(pairs.map((pair) => orWorst(task, pair[i as 0 | 1].value))));
  return difference(task, mine!, its!);
}

/** By how much the first value is worse than the second; two lost runs are as bad as each other. */
function difference(task: Task, mine: number, its: number): number {
  const [worse, than] = [orWorst(task, mine), orWorst(task, its)];
  return worse === than ? 0 : task.better === 'lower' ? worse - than : than - worse;
}

function sharedRuns(cell: Cell, other: Cell): readonly (readonly [Cell['runs'][number], Cell['runs'][number]])[] {
  const bySeed = new Map(other.runs.map((run) => [run.seed, run]));
  return cell.runs.flatMap((run) => {
    const its = bySeed.get(run.seed);
    return its ? [[run, its] as const] : [];
  });
}

function isBeside(cell: Cell, other: Cell): boolean {
  return cell.task === other.task && cell.set === other.set && cell.setting === other.setting;
}

function address({ task, set, policy, setting }: Pick<Cell, 'task' | 'set' | 'policy' | 'setting'>): string {
  return [task, set, policy, setting].join(' | ');
}
