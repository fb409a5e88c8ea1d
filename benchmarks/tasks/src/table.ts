import { list, percent } from '@gradclip/example-compare';
import { bestConstants } from './constants.ts';
import type { Selection } from './job.ts';
import { countText, rowsToShow, scoreText, starText } from './scoreboard.ts';
import type { Row } from './scoreboard.ts';
import { seedsText } from './seeds.ts';
import type { Cell } from './summary.ts';
import type { SeedSet, Task } from './task.ts';
import { clipRates, numberText, seconds, valueText } from './values.ts';
import { cellAt, indexOf, judgeSetting } from './verdict.ts';
import { wrap } from './wrap.ts';

/** Colours, or none. */
export type Paint = (colour: 'green' | 'red' | 'bold', text: string) => string;

export const plain: Paint = (_, text) => text;

/**
 * The cells of one task and one set of seeds as lines of text: a policy a row, a setting a column. `policies` are shown;
 * cells of others are compared with.
 */
export function tableOf(
  task: Task,
  set: SeedSet,
  policies: readonly string[],
  cells: readonly Cell[],
  paint: Paint = plain,
): string {
  const all = cells.filter((cell) => cell.task === task.name && cell.set === set);
  const own = all.filter((cell) => policies.includes(cell.policy));
  if (own.length === 0) return '';
  const index = indexOf(all);
  const settings = task.settings.filter((setting) => own.some((cell) => cell.setting === setting));
  const rows = policies.flatMap((policy) => {
    const mine = own.filter((cell) => cell.policy === policy);
    if (mine.length === 0) return [];
    const columns = settings.map((setting) => {
      const cell = cellAt(index, { task: task.name, set, policy, setting });
      const mark = cell && judgeSetting(task, cell, index)?.hit ? '✓' : ' ';
      return `${valueText(task, cell)} ${mark}`;
    });
    return [[policy, ...columns, clipRates(mine), seconds(mine)]];
  });
  const head = ['', ...settings.map((setting) => `${setting}  `), 'clipped', 's a run'];
  const asked = task.targets.map(({ says }) => says).join('; ');
  const lines = [
    paint('bold', `${task.title}; ${seedsText(task, set, own)}`),
    task.measured,
    `Asked: ${asked}; ✓ where it is reached.`,
    '',
    aligned([head, ...rows]),
    '',
    ...constantsText(task, set, all),
  ];
  return `${lines.join('\n')}\n`;
}

/** Which constants of the grid are best, in each setting and over all. */
function constantsText(task: Task, set: SeedSet, cells: readonly Cell[]): readonly string[] {
  const best = bestConstants(task, set, cells);
  if (!best) return [];
  const unit = task.cell === 'solved' ? ' solved' : '';
  const each = best.settings.map(
    ({ setting, policies, value }) => `${setting}: ${list(policies)} (${numberText(task, value)}${unit})`,
  );
  return [
    wrap(`Best constants: ${each.join('; ')}.`, 120),
    `Best constant over all settings: ${overallText(task, best)}.`,
  ];
}

/** `fixed-1, at most 0.012 behind the best of a setting`, or the share of runs that it solved. */
export function overallText(task: Task, { overall }: NonNullable<ReturnType<typeof bestConstants>>): string {
  if (overall.policies.length === 0) return 'not known yet';
  const { value } = overall;
  if (task.cell === 'solved') return `${list(overall.policies)}, with ${percent(value)} of the runs solved`;
  if (value === Infinity) return 'none, each of them loses a run somewhere';
  return value === 0
    ? `${list(overall.policies)}, the best one in every setting`
    : `${list(overall.policies)}, at most ${numberText(task, value)}${task.shown.unit === '%' ? ' points' : ''} behind the best one of a setting`;
}

/** The closing table: which policy reaches which targets, and by how much it misses them. */
export function scoreTable({ tasks }: Selection, set: SeedSet, rows: readonly Row[], paint: Paint = plain): string {
  const head = ['', ...tasks.map(({ name }) => name), 'tasks hit'];
  const shown = rowsToShow(rows);
  const lines = shown.map((row) => [
    row.policy,
    ...row.scores.map((score, i) => scoreText(tasks[i]!, score)),
    countText(row),
  ]);
  if (lines.length === 0) return '';
  const asked = tasks.map(({ name, targets }) => `  ${name.padEnd(7)}${targets.map(({ says }) => says).join('; ')}`);
  const star = starText(shown);
  return [
    paint('bold', `Targets, ${set} seeds`),
    ...asked,
    `A miss says by how much, at the worst place${star ? `; ${star}` : ''}.`,
    '',
    aligned([head, ...lines], (text) =>
      text.startsWith('hit') ? paint('green', text) : /^(missed|lost)/.test(text) ? paint('red', text) : text,
    ),
    '',
  ].join('\n');
}

/** Columns of one width; colours are put on afterwards, since they have a length and no width. */
function aligned(rows: readonly (readonly string[])[], paint: (text: string) => string = (text) => text): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : ' '.repeat(widths[i]! - text.length) + paint(text)))
      .join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
