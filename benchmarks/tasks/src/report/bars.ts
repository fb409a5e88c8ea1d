import type { Cell } from '../summary.ts';
import { valueText } from '../table.ts';
import type { Task } from '../task.ts';
import { candidate } from '../policies.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';

const ROW = 18;
const NAME = 150;
const BAR = 230;
const WIDTH = 520;

/** A bar for each policy in one setting of a task, with a mark at the worst seed; a run that is lost has a full red bar. */
export function bars(task: Task, setting: string, cells: readonly Cell[]): Markup {
  const worst = Math.max(...cells.map((cell) => lengthOf(task, cell)).filter(Number.isFinite), Number.MIN_VALUE);
  const rows = cells.map((cell, i) => {
    const top = i * ROW;
    const length = lengthOf(task, cell);
    const lost = !Number.isFinite(length);
    const width = lost ? BAR : (BAR * Math.max(0, length)) / worst;
    const kind = lost ? 'lost' : candidate(cell.policy).kind;
    return (
      element('text', { x: NAME - 8, y: top + 13, class: 'name' }, escape(cell.policy)) +
      element('rect', { x: NAME, y: top + 3, width: Math.max(1, width), height: ROW - 6, class: kind }) +
      element('text', { x: NAME + Math.min(BAR, width) + 6, y: top + 13 }, escape(valueText(task, cell)))
    );
  });
  const height = cells.length * ROW + 4;
  const label = `${task.title}, ${setting}: one bar for each policy`;
  return element('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label }, ...rows);
}

/** What a bar shows: the share that is solved, or the value. */
function lengthOf(task: Task, { value, known }: Cell): number {
  return task.cell === 'solved' ? value / known : value;
}
