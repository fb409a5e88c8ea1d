import { bestConstants } from './constants.ts';
import type { Selection } from './job.ts';
import { countText, rowsToShow, scoreboard, scoreText, starText } from './scoreboard.ts';
import { seedsText } from './seeds.ts';
import type { Cell } from './summary.ts';
import { overallText } from './table.ts';
import type { Group, SeedSet, Task } from './task.ts';
import { amountOf, clipRates, numberText, worstOf } from './values.ts';
import { indexOf, judgeSetting } from './verdict.ts';
import type { Cells } from './verdict.ts';
import { wrap } from './wrap.ts';

/** Of lines of prose. */
const WIDTH = 140;

/** The tables as they stand in a page of Markdown, for each set of seeds: targets first, then one table a task. */
export function markdownOf(selection: Selection, cells: readonly Cell[]): string {
  const { sets, tasks, policies } = selection;
  const sections = sets.flatMap((set) => {
    const own = cells.filter((cell) => cell.set === set);
    if (!own.some(({ policy }) => policies.includes(policy))) return [];
    const title = `## ${set === 'design' ? 'Design' : 'Held-out'} seeds`;
    return [title, ...targetsOf(selection, set, own), ...tasks.flatMap((task) => taskTable(task, set, policies, own))];
  });
  return `${sections.join('\n\n')}\n`;
}

function targetsOf(selection: Selection, set: SeedSet, cells: readonly Cell[]): readonly string[] {
  const tasks = selection.tasks.filter(({ name }) => cells.some((cell) => cell.task === name));
  const rows = rowsToShow(scoreboard({ ...selection, tasks }, set, cells));
  if (rows.length === 0) return [];
  const star = starText(rows);
  const lines = rows.map((row) => [
    row.policy,
    ...row.scores.map((score, i) => bold(scoreText(tasks[i]!, score), score.hit === true)),
    countText(row),
  ]);
  const asked = tasks.map(({ name, targets }) => `- ${name}: ${targets.map(({ says }) => says).join('; ')}.`);
  const legend = `A miss says by how much, at the worst place; *lost*: a run lost its weights.${star ? ` \\${star}.` : ''}`;
  return [asked.join('\n'), wrap(legend, WIDTH), table(['policy', ...tasks.map(({ name }) => name), 'tasks'], lines)];
}

function taskTable(task: Task, set: SeedSet, policies: readonly string[], cells: readonly Cell[]): readonly string[] {
  const own = cells.filter((cell) => cell.task === task.name);
  const shown = own.filter(({ policy }) => policies.includes(policy));
  if (shown.length === 0) return [];
  const index = indexOf(own);
  const groups = task.groups.filter(({ settings }) => shown.some(({ setting }) => settings.includes(setting)));
  const spread = task.groups.length === 1; // one number for all settings: say how far apart they are
  const rows = policies.flatMap((policy) => {
    const mine = shown.filter((cell) => cell.policy === policy);
    if (mine.length === 0) return [];
    const columns = groups.flatMap((group) => {
      const inside = mine.filter(({ setting }) => group.settings.includes(setting));
      return [groupText(task, group, inside, index), ...(spread ? [spreadText(task, inside)] : [])];
    });
    return [[policy, ...columns, clipRates(mine)]];
  });
  const heads = groups.flatMap(({ name }) => (spread ? [name, 'spread'] : [name]));
  const joined = groups.some(({ settings }) => settings.length > 1)
    ? ' A column that stands for several settings shows the worst of them.'
    : '';
  const best = bestConstants(task, set, own);
  const under = best ? [`Best constant over all settings: ${overallText(task, best)}.`] : [];
  return [
    `### ${task.title}`,
    wrap(
      `${capital(task.measured)}. ${capital(seedsText(task, set, shown))}.${joined} **Bold**: meets the target.`,
      WIDTH,
    ),
    table(['policy', ...heads, 'clipped'], rows),
    ...under,
  ];
}

/** The worst setting of a group, bold when every setting of it meets its target. */
function groupText(task: Task, { settings }: Group, cells: readonly Cell[], index: Cells): string {
  const worst = worstOf(task, cells);
  if (!worst) return '–';
  const text = task.cell === 'solved' ? `${worst.value} of ${worst.known}` : numberText(task, worst.value);
  const met = cells.length === settings.length && cells.every((cell) => judgeSetting(task, cell, index)?.hit);
  return bold(text, met);
}

/** The difference between the worst and the best setting. */
function spreadText(task: Task, cells: readonly Cell[]): string {
  const values = cells.map((cell) => amountOf(task, cell));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return cells.length ? numberText(task, most === least ? 0 : most - least) : '–';
}

/** Numbers are at the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function bold(text: string, is: boolean): string {
  const escaped = text.replace('*', '\\*');
  return is ? `**${escaped}**` : escaped;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
