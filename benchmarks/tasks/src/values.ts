import { percent } from '@gradclip/example-compare';
import type { Cell } from './summary.ts';
import type { Task } from './task.ts';

/** A value as the task shows it; `lost` where it is not finite. */
export function numberText({ shown }: Task, value: number): string {
  if (!Number.isFinite(value)) return 'lost';
  const text = (value * shown.times).toFixed(shown.digits);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** `3/4` solved; else the value, the worst seed in brackets, and how many seeds failed. */
export function valueText(task: Task, cell: Cell | undefined): string {
  if (!cell) return '–';
  if (task.cell === 'solved') return `${cell.value}/${cell.known}`;
  const failed = cell.failed ? `, ${cell.failed} lost` : '';
  const value = numberText(task, cell.value);
  return cell.known > 1 ? `${value} (${numberText(task, cell.worst)}${failed})` : value;
}

/** The worst of some cells of one policy: what they show together. */
export function worstOf(task: Task, cells: readonly Cell[]): Cell | undefined {
  const badness = task.better === 'lower' ? 1 : -1;
  return cells.toSorted((a, b) => badness * (amountOf(task, b) - amountOf(task, a)) || 0)[0];
}

/** What a picture shows: the share that is solved, or the value. */
export function amountOf({ cell }: Task, { value, known }: Cell): number {
  return cell === 'solved' ? value / known : value;
}

/** A value on an axis. */
export function tickText({ cell, shown }: Task, tick: number): string {
  return String(Number((tick * (cell === 'solved' ? 100 : shown.times)).toFixed(2)));
}

/** `%` or nothing, for values on an axis. */
export function unitOf({ cell, shown }: Task): string {
  return cell === 'solved' ? '%' : (shown.unit ?? '');
}

/** `18 to 21 %` of the steps. */
export function clipRates(cells: readonly Cell[]): string {
  const rates = cells.map(({ clipRate }) => clipRate);
  const [least, most] = [percent(Math.min(...rates)), percent(Math.max(...rates))];
  return least === most ? least : `${least.replace(' %', '')} to ${most}`;
}

/** Mean processor time of a run. */
export function seconds(cells: readonly Cell[]): string {
  return (cells.reduce((sum, cell) => sum + cell.seconds, 0) / cells.length).toFixed(1);
}
