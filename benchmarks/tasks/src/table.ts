import { percent } from '@gradclip/example-compare';
import type { Cell } from './summary.ts';
import type { SeedSet, Task } from './task.ts';

/** The cells of one task and one set of seeds as lines of text: a policy a row, a setting a column. */
export function tableOf(task: Task, set: SeedSet, cells: readonly Cell[]): string {
  const own = cells.filter((cell) => cell.task === task.name && cell.set === set);
  if (own.length === 0) return '';
  const settings = task.settings.filter((setting) => own.some((cell) => cell.setting === setting));
  const policies = [...new Set(own.map(({ policy }) => policy))];
  const rows = policies.map((policy) => {
    const mine = own.filter((cell) => cell.policy === policy);
    const columns = settings.map((setting) =>
      valueText(
        task,
        mine.find((cell) => cell.setting === setting),
      ),
    );
    return [policy, ...columns, clipRates(mine), seconds(mine)];
  });
  const head = ['', ...settings, 'clipped', 's a run'];
  const seeds = own.reduce((most, { known }) => Math.max(most, known), 0);
  const title = `${task.title}; ${set} seeds${seeds > 1 ? `, up to ${seeds} each` : ''}`;
  return `${title}\n${task.measured}\n\n${aligned([head, ...rows])}\n`;
}

/** `3/4` solved; else the value, the worst seed in brackets, and how many seeds failed. */
export function valueText(task: Task, cell: Cell | undefined): string {
  if (!cell) return '–';
  if (task.cell === 'solved') return `${cell.value}/${cell.known}`;
  const { times, digits } = task.shown;
  const text = (value: number): string => (Number.isFinite(value) ? (value * times).toFixed(digits) : 'lost');
  const failed = cell.failed ? `, ${cell.failed} lost` : '';
  return cell.known > 1 ? `${text(cell.value)} (${text(cell.worst)}${failed})` : text(cell.value);
}

function clipRates(cells: readonly Cell[]): string {
  const rates = cells.map(({ clipRate }) => clipRate);
  const [least, most] = [percent(Math.min(...rates)), percent(Math.max(...rates))];
  return least === most ? least : `${least.replace(' %', '')} to ${most}`;
}

function seconds(cells: readonly Cell[]): string {
  return (cells.reduce((sum, cell) => sum + cell.seconds, 0) / cells.length).toFixed(1);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
