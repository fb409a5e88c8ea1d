import { candidate } from '../policies.ts';
import type { Cell } from '../summary.ts';
import { orWorst } from '../summary.ts';
import type { Group, SeedSet, Task } from '../task.ts';
import { clipRates, numberText, tickText, unitOf, valueText, worstOf } from '../values.ts';
import { judgeSetting } from '../verdict.ts';
import type { Cells } from '../verdict.ts';
import { scaleOf } from './scale.ts';
import type { Scale } from './scale.ts';
import { element, escape, label, line } from './svg.ts';
import type { Markup } from './svg.ts';

const LANE = 14;
const NUMBER = 46;

export interface Strips {
  readonly task: Task;
  /** The first one above. */
  readonly sets: readonly SeedSet[];
  /** The rows. */
  readonly policies: readonly string[];
  readonly cells: Cells;
}

/** A row for each policy, a column for each group of settings: where its results lie, with the spread of the seeds. */
export function strips({ task, sets, policies, cells }: Strips): Markup {
  const all = [...cells.values()].filter((cell) => cell.task === task.name);
  const groups = task.groups.filter(({ settings }) => all.some(({ setting }) => settings.includes(setting)));
  const width = Math.max(92, 620 / groups.length - 12);
  const place = scaleOf(task.axis, 6, width - NUMBER - 6);
  const head = ['policy', ...groups.map(({ name }) => name), 'clipped'];
  const axes = groups.map(() => element('td', {}, axisOf(task, place, width)));
  const body = policies.map((policy) => {
    const mine = all.filter((cell) => cell.policy === policy);
    const pictures = groups.map((group) => element('td', {}, strip(task, group, sets, mine, cells, place, width)));
    const clipped = sets.map((set) => {
      const own = mine.filter((cell) => cell.set === set);
      return element('div', {}, own.length ? clipRates(own) : '–');
    });
    const name = element('th', { scope: 'row', class: `name ${candidate(policy).kind}` }, escape(policy));
    return element('tr', {}, name, ...pictures, element('td', {}, ...clipped));
  });
  const header = head.map((text) => element('th', { scope: 'col' }, escape(text)));
  const axisRow = element('tr', { class: 'axis' }, '<th></th>', ...axes, '<td></td>');
  const table = element('table', { class: 'strips' }, element('tr', {}, ...header), axisRow, ...body);
  return element('div', { class: 'card scroll' }, table);
}

/** One lane for each set of seeds; in it a dot for each setting and a line from the best to the worst seed. */
function strip(
  task: Task,
  group: Group,
  sets: readonly SeedSet[],
  mine: readonly Cell[],
  cells: Cells,
  place: Scale,
  width: number,
): Markup {
  const target = task.targets.find(({ settings }) => settings.includes(group.settings[0]!));
  const height = sets.length * LANE;
  const limit = target?.kind === 'at most' ? place(target.limit) : undefined;
  const lanes = sets.map((set, i) => {
    const own = mine.filter((cell) => cell.set === set && group.settings.includes(cell.setting));
    const worst = worstOf(task, own);
    if (!worst) return '';
    const y = i * LANE + LANE / 2;
    const met = own.every((cell) => judgeSetting(task, cell, cells)?.hit);
    const text = task.cell === 'solved' ? valueText(task, worst) : numberText(task, worst.value);
    return (
      own.map((cell) => (task.cell === 'solved' ? bar(cell, y, place) : dot(task, cell, y, place))).join('') +
      label(width - NUMBER, y + 4, `${text}${met ? ' ✓' : ''}`, met ? 'met' : undefined)
    );
  });
  const kind = mine[0] ? candidate(mine[0].policy).kind : 'none';
  const title = `${group.name}: ${mine.map((cell) => `${cell.set} ${cell.setting} ${valueText(task, cell)}`).join('; ')}`;
  return element(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', class: kind, 'aria-label': `Worst of ${title}` },
    limit === undefined ? '' : line(limit, 0, limit, height, 'limit'),
    ...lanes,
  );
}

function dot(task: Task, cell: Cell, y: number, place: Scale): Markup {
  const values = cell.runs.map(({ value }) => place(orWorst(task, value)));
  const spread = line(Math.min(...values), y, Math.max(...values), y, 'spread');
  const x = place(cell.value);
  const kind = `${cell.set} dot`;
  if (Number.isFinite(cell.value)) return spread + element('circle', { cx: x, cy: y, r: 3.2, class: kind });
  return spread + line(x - 3, y - 3, x + 3, y + 3, 'cross') + line(x - 3, y + 3, x + 3, y - 3, 'cross');
}

function bar(cell: Cell, y: number, place: Scale): Markup {
  const width = place(cell.value / cell.known) - place(0);
  return element('rect', { x: place(0), y: y - 4, width: Math.max(0.5, width), height: 8, class: `${cell.set} bar` });
}

/** The ticks, in a row of their own above all strips; those that have no room are left out. */
function axisOf(task: Task, place: Scale, width: number): Markup {
  const taken: number[] = [];
  const marks = task.axis.ticks.map((tick) => {
    const at = place(tick);
    if (taken.some((other) => Math.abs(other - at) < 24)) return '';
    taken.push(at);
    const kind = at < 12 ? undefined : 'middle';
    return line(at, 14, at, 18, 'tick') + label(kind ? at : 0, 11, tickText(task, tick), kind);
  });
  const unit = task.cell === 'solved' ? '' : label(width - NUMBER, 11, unitOf(task));
  return element('svg', { width, height: 18, viewBox: `0 0 ${width} 18`, 'aria-hidden': 'true' }, ...marks, unit);
}
