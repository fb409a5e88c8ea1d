import type { Cell } from '../summary.ts';
import type { SeedSet, Task } from '../task.ts';
import { amountOf } from '../values.ts';

/** Policies from the best to the worst of a task: by their mean rank over its settings; equal values share a rank. */
export function ranked(task: Task, set: SeedSet, cells: readonly Cell[]): readonly string[] {
  const badness = task.better === 'lower' ? 1 : -1;
  const ranks = new Map<string, number[]>();
  for (const setting of task.settings) {
    const here = cells.filter((cell) => cell.task === task.name && cell.set === set && cell.setting === setting);
    const amounts = here.map((cell) => badness * amountOf(task, cell));
    for (const [i, { policy }] of here.entries()) {
      const better = amounts.filter((amount) => amount < amounts[i]!).length;
      const equal = amounts.filter((amount) => amount === amounts[i]!).length;
      ranks.set(policy, [...(ranks.get(policy) ?? []), better + equal / 2]);
    }
  }
  const meanRank = (policy: string): number => {
    const own = ranks.get(policy)!;
    return own.reduce((sum, rank) => sum + rank, 0) / own.length;
  };
  return [...ranks.keys()].toSorted((a, b) => meanRank(a) - meanRank(b));
}
