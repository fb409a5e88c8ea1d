import type { Summary } from '../summary.ts';
import type { Task } from '../task.ts';
import { seriesClass } from './style.ts';
import { element, escape, line, picture, rect } from './svg.ts';
import type { Markup } from './svg.ts';

/** What the lines of the curves are. */
export function curveLegend({ runs }: Task, summaries: readonly Summary[]): Markup {
  return legend(
    summaries.map(({ run }) => [line(0, 6, 24, 6, { class: `series ${seriesClass(run, runs)}` }), run.title]),
  );
}

/** What the marks in the pictures of the norms are. */
export function normLegend({ mark }: Task): Markup {
  return legend([
    [line(0, 6, 24, 6, { class: 'norm' }), 'norm'],
    [line(0, 6, 24, 6, { class: 'threshold' }), 'threshold'],
    ...(mark === undefined ? [] : [[element('path', { d: 'M8 2h8l-4 8z', class: 'marked' }), mark] as const]),
    [rect(4, 2, 16, 8, { class: 'clipped' }), 'clipped'],
    [rect(4, 2, 16, 8, { class: 'skipped' }), 'skipped'],
  ]);
}

function legend(entries: readonly (readonly [mark: Markup, name: string])[]): Markup {
  const items = entries.map(([mark, name]) => element('li', {}, picture(24, 12, '', mark), escape(name)));
  return element('ul', { class: 'legend' }, ...items);
}
