import type { Selection } from '../job.ts';
import type { Cell } from '../summary.ts';
import { tableOf } from '../table.ts';
import type { SeedSet, Task } from '../task.ts';
import { bars } from './bars.ts';
import { css } from './style.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';

/** One page, without anything from elsewhere: pictures of every task, and the tables as in the terminal. */
export function pageOf({ tasks, sets }: Selection, cells: readonly Cell[]): string {
  const title = 'Clipping policies on small training tasks';
  const sections = tasks.map((task) => section(task, sets, cells));
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${css}</style>`;
  const legend =
    'Grey: no clipping. Blue: a constant threshold. Green: a schedule. Orange: policies that follow the norms. Red: the training lost its weights. In brackets the worst seed.';
  const main = element('main', {}, element('h1', {}, title), element('p', {}, legend), ...sections);
  return `<!doctype html><html lang="en"><head>${head}</head><body>${main}</body></html>\n`;
}

function section(task: Task, sets: readonly SeedSet[], cells: readonly Cell[]): Markup {
  const own = cells.filter((cell) => cell.task === task.name);
  if (own.length === 0) return '';
  // Pictures of the seeds that nothing was designed on, where there are such.
  const shown = sets.findLast((set) => own.some((cell) => cell.set === set))!;
  const figures = task.settings.flatMap((setting) => {
    const here = own.filter((cell) => cell.set === shown && cell.setting === setting);
    return here.length ? [element('figure', {}, element('h3', {}, escape(setting)), bars(task, setting, here))] : [];
  });
  const tables = sets.map((set) => element('pre', { class: 'scroll' }, escape(tableOf(task, set, cells))));
  return (
    element('h2', {}, escape(task.title)) +
    element('p', {}, escape(`${task.measured}. Pictures: ${shown} seeds.`)) +
    element('div', { class: 'grid' }, ...figures) +
    tables.join('')
  );
}
