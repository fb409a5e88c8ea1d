import { bestConstants } from '../constants.ts';
import type { Selection } from '../job.ts';
import { candidate } from '../policies.ts';
import { seedsText } from '../seeds.ts';
import type { Cell } from '../summary.ts';
import { overallText, tableOf } from '../table.ts';
import type { SeedSet, Task } from '../task.ts';
import { indexOf } from '../verdict.ts';
import { ranked } from './order.ts';
import { strips } from './strips.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';
import { thresholdChart } from './thresholdChart.ts';

/** All that is shown of one task. `cells` may hold policies that are only compared with. */
export function taskSection(task: Task, { policies, sets }: Selection, cells: readonly Cell[]): Markup {
  const own = cells.filter((cell) => cell.task === task.name);
  const shown = own.filter(({ policy }) => policies.includes(policy));
  // Seeds that nothing was designed on come first.
  const known = sets.toReversed().filter((set) => shown.some((cell) => cell.set === set));
  const [first] = known;
  if (!first) return '';
  const order = ranked(task, first, shown);
  const rest = policies.filter((policy) => !order.includes(policy) && shown.some((cell) => cell.policy === policy));
  const seeds = known.map((set) => seedsText(task, set, shown)).join('; ');
  const asked = task.targets.map(({ says }) => says).join('; ');
  const lanes = known.length > 1 ? ' Above, filled: held-out seeds; below, hollow: design seeds.' : '';
  const limit = task.targets.some(({ kind }) => kind === 'at most') ? ' Dashed: the limit.' : '';
  const marks =
    task.cell === 'solved'
      ? 'A bar is the share of runs that are solved.'
      : 'A dot is one setting, the line behind it goes from its best to its worst seed, the number is the worst setting. A cross: runs lost their weights.';
  return element(
    'section',
    {},
    element('h2', { id: task.name }, escape(task.title)),
    paragraph(`${task.measured}. ${task.better === 'lower' ? 'Lower' : 'Higher'} is better. Known: ${seeds}.`),
    paragraph(`Asked: ${asked}.`),
    charts(task, first, order, shown),
    ...constantsText(task, known, own),
    element('h3', {}, 'Every policy, from the best to the worst mean rank'),
    paragraph(`${marks}${lanes}${limit} ✓: meets the target.`),
    strips({ task, sets: known, policies: [...order, ...rest], cells: indexOf(own) }),
    element(
      'details',
      {},
      element('summary', {}, 'All numbers'),
      ...known.map((set) => element('pre', { class: 'card scroll' }, escape(tableOf(task, set, policies, own)))),
    ),
  );
}

/** Constants over their thresholds, one picture for each setting. */
function charts(task: Task, set: SeedSet, order: readonly string[], cells: readonly Cell[]): Markup {
  const here = cells.filter((cell) => cell.set === set);
  const best = order.find((policy) => candidate(policy).kind === 'adaptive' && policy !== 'auto');
  const named = ['none', 'auto', ...(best === undefined ? [] : [best])];
  const pictures = task.settings.flatMap((setting) => {
    const inside = here.filter((cell) => cell.setting === setting);
    return thresholdChart(task, setting, inside, named) ?? [];
  });
  if (pictures.length === 0) return '';
  const others = order.some((policy) => candidate(policy).kind === 'adaptive' && !named.includes(policy));
  const keys = [
    ['curve', 'constants over their threshold; shaded: best to worst seed; cross or border: lost'],
    ...named
      .map((policy, i) => [`rule-${i}`, i === 2 ? `${policy}, the best other adaptive rule by mean rank` : policy])
      .filter((_, i) => here.some(({ policy }) => policy === named[i])),
    ...(others ? [['rule', 'other adaptive rules']] : []),
  ];
  const swatch = (kind: string): Markup =>
    element('svg', { viewBox: '0 0 24 8', 'aria-hidden': 'true' }, element('path', { d: 'M0 4H24', class: kind }));
  const legend = keys.map(([kind, text]) => element('li', {}, swatch(kind!), escape(text!)));
  return (
    element('h3', {}, `Constants over their threshold, ${set} seeds`) +
    element('ul', { class: 'legend' }, ...legend) +
    element('div', { class: 'card grid' }, ...pictures)
  );
}

function constantsText(task: Task, sets: readonly SeedSet[], cells: readonly Cell[]): readonly Markup[] {
  return sets.flatMap((set) => {
    const best = bestConstants(task, set, cells);
    return best ? [paragraph(`Best constant over all settings, ${set} seeds: ${overallText(task, best)}.`)] : [];
  });
}

function paragraph(text: string): Markup {
  return element('p', {}, escape(text.charAt(0).toUpperCase() + text.slice(1)));
}
