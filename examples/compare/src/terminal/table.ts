import Table from 'cli-table3';
import { resultColumns } from '../column.ts';
import type { Tone } from '../column.ts';
import { byGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import type { Task } from '../task.ts';
import type { Colour, Paint } from './colour.ts';

/** Rules above and below, space between the columns. */
const chars = {
  top: '─',
  'top-mid': '─',
  'top-left': '',
  'top-right': '',
  mid: '─',
  'mid-mid': '─',
  'left-mid': '',
  'right-mid': '',
  bottom: '─',
  'bottom-mid': '─',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  right: '',
  middle: ' ',
};

const colours: Readonly<Record<Tone, Colour>> = { strong: 'bold', bad: 'red', cut: 'yellow' };

/** The results as text that can be quoted: no wider than 80 columns. */
export function table(task: Task, summaries: readonly Summary[], paint: Paint): string {
  const columns = resultColumns(task, summaries);
  const rows = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ isText }) => (isText ? 'left' : 'right')),
    chars,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1, compact: true },
  });
  for (const group of byGroup(summaries)) {
    if (group.heading !== undefined) rows.push([{ content: paint('dim', group.heading), colSpan: columns.length }]);
    for (const summary of group.summaries) {
      rows.push(
        columns.map(({ text, tone }) => {
          const kind = tone?.(summary);
          return kind ? paint(colours[kind], text(summary)) : text(summary);
        }),
      );
    }
  }
  return rows.toString().replace(/ +$/gm, '');
}
