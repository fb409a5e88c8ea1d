import type { Selection } from '../job.ts';
import { scoreboard, starText } from '../scoreboard.ts';
import type { Cell } from '../summary.ts';
import { matrix } from './matrix.ts';
import { css } from './style.ts';
import { element, escape } from './svg.ts';
import { taskSection } from './taskSection.ts';

/** One page, without anything from elsewhere: who reaches which targets, then pictures and numbers of every task. */
export function pageOf(selection: Selection, cells: readonly Cell[]): string {
  const title = 'Clipping policies on small training tasks';
  const { sets, policies } = selection;
  const shown = cells.filter((cell) => policies.includes(cell.policy));
  const tasks = selection.tasks.filter(({ name }) => shown.some((cell) => cell.task === name));
  const rows = sets.flatMap((set) => scoreboard({ ...selection, tasks }, set, cells));
  const runs = shown.reduce((sum, { known }) => sum + known, 0);
  const asked = tasks.map(({ name, title: about, targets }) => {
    const link = element('a', { href: `#${name}` }, escape(about));
    return element('li', {}, link, escape(`. Asked: ${targets.map(({ says }) => says).join('; ')}.`));
  });
  const star = starText(rows);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${css}</style>`;
  const main = element(
    'main',
    {},
    element('h1', {}, title),
    element(
      'p',
      {},
      `${runs.toLocaleString('en-US')} runs. Adaptive policies are told nothing about the tasks; the constants are the grid that one would try. Rules may be chosen on design seeds; held-out seeds are kept for the end.`,
    ),
    element('ul', {}, ...asked),
    element('h2', {}, 'Who reaches the targets'),
    element(
      'p',
      {},
      `✓ all targets of the task are reached; ✗ by how much the one that is missed most is missed, or how many solved runs are missing; lost: a run lost its weights; – not known.${star ? ` ${star}.` : ''}`,
    ),
    element('ul', { class: 'legend' }, ...kinds.map(([kind, text]) => element('li', { class: `name ${kind}` }, text))),
    ...sets.toReversed().map((set) => matrix(tasks, set, rows)),
    ...tasks.map((task) => taskSection(task, selection, cells)),
  );
  return `<!doctype html><html lang="en"><head>${head}</head><body>${main}</body></html>\n`;
}

const kinds = [
  ['none', 'no clipping'],
  ['constant', 'a number in the unit of the gradient'],
  ['schedule', 'a schedule of such numbers'],
  ['adaptive', 'follows the norms or the weights'],
] as const;
