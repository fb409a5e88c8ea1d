import type { Selection } from './job.ts';
import type { Cell } from './summary.ts';
import type { SeedSet, Task } from './task.ts';
import { indexOf, judge } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** What one policy reaches in one task, over all targets of the task. */
export interface Score {
  readonly task: string;
  readonly set: SeedSet;
  readonly policy: string;
  /** undefined: not known. */
  readonly hit: boolean | undefined;
  /** By how much the target that is missed most is missed, in the unit of the task, or the runs that are missing; NaN: not known. */
  readonly over: number;
  /** Where it is missed most, or hit most narrowly. */
  readonly setting: string;
  /** Runs that targets judged, added up over targets. */
  readonly known: number;
  /** Not all seeds of the task are known. */
  readonly partial: boolean;
  readonly verdicts: readonly Verdict[];
}

/** One line of the scoreboard: a policy in every task of a selection. */
export interface Row {
  readonly policy: string;
  readonly set: SeedSet;
  readonly scores: readonly Score[];
  /** Tasks all of whose targets are hit, and tasks that are judged, each on all of its seeds: a part of them does not count. */
  readonly hits: number;
  readonly judged: number;
}

/** What each policy of a selection reaches on one set of seeds. `cells` may hold more: rules that others are compared with. */
export function scoreboard({ tasks, policies }: Selection, set: SeedSet, cells: readonly Cell[]): readonly Row[] {
  const index = indexOf(cells);
  return policies.map((policy) => {
    const scores = tasks.map((task) => scoreOf(task, set, policy, judge(task, set, policy, index)));
    const counted = scores.filter(({ hit, partial }) => hit !== undefined && !partial);
    return { policy, set, scores, hits: counted.filter(({ hit }) => hit).length, judged: counted.length };
  });
}

/** Rows in which a result is known, be it on a part of the seeds. */
export function rowsToShow(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ scores }) => scores.some(({ hit }) => hit !== undefined));
}

/** `2 of 5`, `–` where no task is known on all of its seeds. */
export function countText({ hits, judged }: Row): string {
  return judged === 0 ? '–' : `${hits} of ${judged}`;
}

/** What a legend says of the star, where there is one. */
export function starText(rows: readonly Row[]): string | undefined {
  const partial = rows.some(({ scores }) => scores.some((score) => score.partial));
  return partial ? '*: not all seeds are known, and it does not count' : undefined;
}

function scoreOf(task: Task, set: SeedSet, policy: string, verdicts: readonly Verdict[]): Score {
  const missed = verdicts.some(({ hit }) => hit === false);
  const complete = verdicts.every(({ hit }) => hit !== undefined);
  const known = verdicts.filter(({ hit }) => hit !== undefined);
  const worst = known.toSorted((a, b) => b.over - a.over)[0];
  // Runs are counted together; of lengths the greatest counts.
  const over = task.cell === 'solved' ? known.reduce((sum, verdict) => sum + verdict.over, 0) : (worst?.over ?? NaN);
  return {
    task: task.name,
    set,
    policy,
    hit: missed ? false : complete ? true : undefined,
    over: missed || complete ? over : NaN,
    setting: worst?.setting ?? '',
    known: known.reduce((sum, verdict) => sum + verdict.known, 0),
    partial: known.some((verdict) => verdict.known < verdict.planned),
    verdicts,
  };
}

/** `hit`, `missed 0.012`, `lost` where a run lost its weights, `–` where it is not known; `*`: on a part of the seeds. */
export function scoreText(task: Task, score: Pick<Score, 'hit' | 'over' | 'known' | 'partial'>): string {
  const { hit, over, partial } = score;
  if (hit === undefined) return '–';
  const star = partial ? '*' : '';
  if (hit) return `hit${star}`;
  return over === Infinity ? `lost${star}` : `missed ${overText(task, score)}${star}`;
}

/** How much is missing: `0.012`, `1.3 pt`, `by 4 of 112 runs`. */
export function overText({ cell, shown }: Task, { over, known }: Pick<Score, 'over' | 'known'>): string {
  if (cell === 'solved') return `by ${over} of ${known} runs`;
  const value = over * shown.times;
  const rounded = value.toFixed(shown.digits);
  const text = Number(rounded) === 0 ? value.toPrecision(1) : rounded;
  return shown.unit === '%' ? `${text} pt` : text;
}
