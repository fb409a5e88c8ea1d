import { grouped, plural } from '../format.ts';
import { quantity } from '../metric.ts';
import type { Options } from '../options.ts';
import { byGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import { unitOf } from '../task.ts';
import type { Conclusion, Task } from '../task.ts';
import { clipRateChart } from './clipRateChart.ts';
import { curveChart } from './curveChart.ts';
import { curveLegend, normLegend } from './legend.ts';
import { method } from './method.ts';
import { normChart, normDomain } from './normChart.ts';
import { resultTable } from './resultTable.ts';
import { css } from './style.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';
import { valueChart } from './valueChart.ts';

/** Everything the report tells. */
export interface Report {
  readonly task: Task;
  readonly options: Options;
  readonly summaries: readonly Summary[];
  readonly conclusion: Conclusion;
  readonly complete: boolean;
  readonly seconds: number;
}

/** The report as one HTML file that loads nothing. */
export function page(report: Report): string {
  const { task, summaries } = report;
  const body = element('main', {}, ...opening(report), ...(summaries.length ? pictures(report) : []), method(task));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>Gradient clipping policies compared</title>
<style>${css}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function opening({ task, options, summaries, conclusion, complete, seconds }: Report): Markup[] {
  const { steps, seed, seeds } = options;
  const results = summaries.reduce((sum, summary) => sum + summary.results.length, 0);
  const seedWords = seeds > 1 ? `seeds ${seed} to ${seed + seeds - 1}` : `seed ${seed}`;
  const size = `${plural(results, 'run')} of ${grouped(steps)} ${unitOf(task)}s`;
  const notice = 'Stopped early: some runs are missing or were cut short.';
  return [
    element('h1', {}, escape(task.title)),
    ...(complete ? [] : [element('p', { class: 'notice' }, notice)]),
    element('p', {}, escape(conclusion.shows)),
    element('p', {}, escape(conclusion.doesNotShow)),
    element('p', { class: 'soft' }, escape(`${size}, ${seedWords}, ${seconds.toFixed(0)} seconds.`)),
  ];
}

function pictures({ task, options: { steps, seeds, seed }, summaries }: Report): Markup[] {
  const unit = unitOf(task);
  const groups = byGroup(summaries);
  const compared = groups[0]?.summaries ?? [];
  const only = groups.length > 1 ? ` Only: ${groups[0]!.heading}.` : '';
  const first = seeds > 1 ? ` Seed ${seed}.` : '';
  const spread =
    seeds > 1
      ? 'Bars and numbers are medians over the seeds, dots the single seeds.'
      : 'One seed is one draw: --seeds 8 shows the spread.';
  const isTimed = summaries.some(({ clipperShare }) => clipperShare !== undefined);
  const timeWords = isTimed ? ` Time in the clipper: share of a training ${unit}.` : '';
  return [
    element('h2', {}, 'What becomes of the network'),
    grid(
      'two numbers',
      card(valueChart(task, summaries), spread),
      card(
        element('div', { class: 'scroll' }, resultTable(task, summaries)),
        `Clip rate: share of the ${unit}s whose gradient was made smaller.${timeWords}`,
      ),
    ),
    element('h2', {}, 'On the way'),
    grid(
      'two',
      card(curveChart(task, compared, steps) + curveLegend(task, compared), task.curve.caption + only + first),
      card(
        clipRateChart(summaries, steps, unit),
        `Clip rate along the run: the fuller the colour, the more of the ${unit}s there were clipped.${first}`,
      ),
    ),
    element('h2', {}, unit === 'step' ? 'Step by step' : 'Episode by episode'),
    element(
      'p',
      { class: 'soft' },
      `L2 norm of the whole gradient before clipping, on a log axis that all pictures share, over the training ${unit}s.${first}`,
    ),
    normLegend(task),
    grid('three', ...normCards(task, summaries)),
  ];
}

function normCards(task: Task, summaries: readonly Summary[]): Markup[] {
  const domain = normDomain(summaries.flatMap(({ results: [first] }) => first ?? []));
  return summaries.flatMap(({ run, results: [first] }) => {
    if (!first) return [];
    const outcome = first.ending === 'failed' ? 'failed' : quantity(task.metric, first.value);
    const heading = element('h3', {}, escape(run.title), element('span', {}, escape(outcome)));
    const chart = normChart(first, run.title, unitOf(task), domain);
    const words = run.explain && `In the last ${unitOf(task)}: ${run.explain(first.history)}.`;
    return [element('figure', { class: 'card' }, heading, chart, words ? caption(words) : '')];
  });
}

function grid(columns: 'two' | 'two numbers' | 'three', ...cards: readonly Markup[]): Markup {
  return element('div', { class: `grid ${columns}` }, ...cards);
}

function card(content: Markup, words: string): Markup {
  return element('figure', { class: 'card' }, content, caption(words));
}

function caption(words: string): Markup {
  return element('figcaption', {}, escape(words));
}
