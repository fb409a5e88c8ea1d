import type { Cell } from './summary.ts';
import type { SeedSet, Task } from './task.ts';

/** `held-out seeds 101 to 115, all known`, or how many are; `T=20: 101 to 116, T=30: 101 to 132` where they differ. */
export function seedsText(task: Task, set: SeedSet, cells: readonly Cell[]): string {
  const own = cells.filter((cell) => cell.task === task.name && cell.set === set);
  const known = own.map((cell) => cell.known);
  const complete = own.every((cell) => cell.known === cell.planned);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const which = least === most ? `${least} known` : `${least} to ${most} known`;
  return `${set} seeds ${rangesOf(task, set)}, ${complete ? 'all known' : which}`;
}

/** `101 to 115`; with the first word of the settings where they have different seeds. */
export function rangesOf(task: Task, set: SeedSet): string {
  const ranges = new Map<string, Set<string>>();
  for (const setting of task.settings) {
    const seeds = task.seeds(set, setting);
    const range = `${seeds[0]} to ${seeds.at(-1)}`;
    ranges.set(range, (ranges.get(range) ?? new Set()).add(setting.split(' ')[0]!));
  }
  if (ranges.size === 1) return [...ranges.keys()][0]!;
  return [...ranges].map(([range, words]) => `${[...words].join(', ')}: ${range}`).join('; ');
}
