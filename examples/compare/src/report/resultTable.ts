import { resultColumns } from '../column.ts';
import { byGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import type { Task } from '../task.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';

/** The numbers of the comparison, as in the terminal. */
export function resultTable(task: Task, summaries: readonly Summary[]): Markup {
  const columns = resultColumns(task, summaries);
  const titles = columns.map(({ head }) => head.trim().replace('\n', ' '));
  const header = element('tr', {}, ...titles.map((title) => element('th', { scope: 'col' }, escape(title))));
  const rows = byGroup(summaries).flatMap((group) => [
    ...(group.heading === undefined ? [] : [heading(group.heading, columns.length)]),
    ...group.summaries.map((summary) => {
      const cells = columns.map(({ text, tone }) =>
        element('td', { class: tone?.(summary) === 'bad' ? 'bad' : undefined }, escape(text(summary))),
      );
      return element('tr', {}, ...cells);
    }),
  ]);
  return element('table', {}, element('thead', {}, header), element('tbody', {}, ...rows));
}

function heading(words: string, columns: number): Markup {
  return element('tr', {}, element('td', { class: 'group', colspan: columns }, escape(words)));
}
