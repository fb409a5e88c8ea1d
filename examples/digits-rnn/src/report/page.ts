import type { Conclusion } from '../conclusion.ts';
import { grouped, percent, plural } from '../format.ts';
import type { Options } from '../options.ts';
import type { Summary } from '../summary.ts';
import { accuracyChart } from './accuracyChart.ts';
import { clipRateChart } from './clipRateChart.ts';
import { lossChart } from './lossChart.ts';
import { method } from './method.ts';
import { normChart, normDomain } from './normChart.ts';
import { css, seriesClass } from './style.ts';
import { element, escape, line, picture, rect } from './svg.ts';
import type { Markup } from './svg.ts';
import { resultTable } from './resultTable.ts';

/** Everything the report tells. */
export interface Report {
  readonly options: Options;
  readonly summaries: readonly Summary[];
  readonly conclusion: Conclusion;
  readonly complete: boolean;
  readonly seconds: number;
}

/** The report as one HTML file that loads nothing. */
export function page(report: Report): string {
  const { summaries } = report;
  const body = element(
    'main',
    {},
    ...opening(report),
    ...(summaries.length ? pictures(report) : []),
    method(report.options),
  );
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

function opening({ options, summaries, conclusion, complete, seconds }: Report): Markup[] {
  const { steps, seed, seeds } = options;
  const results = summaries.reduce((sum, summary) => sum + summary.results.length, 0);
  const seedWords = seeds > 1 ? `seeds ${seed} to ${seed + seeds - 1}` : `seed ${seed}`;
  const facts = `${plural(results, 'run')} of ${grouped(steps)} steps, ${seedWords}, ${seconds.toFixed(0)} seconds.`;
  const notice = 'Stopped early: some runs are missing or were cut short.';
  return [
    element('h1', {}, 'One training, several clipping policies'),
    ...(complete ? [] : [element('p', { class: 'notice' }, notice)]),
    element('p', {}, escape(conclusion.shows)),
    element('p', {}, escape(conclusion.doesNotShow)),
    element('p', { class: 'soft' }, escape(facts)),
  ];
}

function pictures({ options: { steps, seeds, seed }, summaries }: Report): Markup[] {
  const damaged = summaries.filter(({ run }) => run.data === 'damaged');
  const compared = damaged.length ? damaged : summaries;
  const first = seeds > 1 ? ` Seed ${seed}.` : '';
  const spread =
    seeds > 1
      ? 'Bars and numbers are medians over the seeds, dots the single seeds.'
      : 'One seed is one draw: --seeds 8 shows the spread.';
  return [
    element('h2', {}, 'What becomes of the network'),
    grid(
      'two numbers',
      card(accuracyChart(summaries), spread),
      card(
        element('div', { class: 'scroll' }, resultTable(summaries)),
        'Clip rate: share of the steps whose gradient was made smaller. Time in the clipper: share of a training step.',
      ),
    ),
    element('h2', {}, 'On the way'),
    grid(
      'two',
      card(
        lossChart(compared, steps) + lineLegend(compared),
        `Training loss, each point the median of the steps around it, so that the damaged batches do not hide the rest.${first}`,
      ),
      card(
        clipRateChart(summaries, steps),
        `Clip rate along the run: the fuller the colour, the more of the steps there were clipped.${first}`,
      ),
    ),
    element('h2', {}, 'Step by step'),
    element(
      'p',
      { class: 'soft' },
      `L2 norm of the whole gradient before clipping, on a log axis that all pictures share, over the training steps.${first}`,
    ),
    normLegend(),
    grid('three', ...normCards(summaries)),
  ];
}

function normCards(summaries: readonly Summary[]): Markup[] {
  const domain = normDomain(summaries.flatMap(({ results: [first] }) => first ?? []));
  return summaries.flatMap(({ run, results: [first] }) => {
    if (!first) return [];
    const outcome = first.ending === 'failed' ? 'failed' : percent(first.accuracy, 1);
    const heading = element('h3', {}, escape(run.title), element('span', {}, escape(outcome)));
    return [element('figure', { class: 'card' }, heading, normChart(first, run.title, domain))];
  });
}

function grid(columns: 'two' | 'two numbers' | 'three', ...cards: readonly Markup[]): Markup {
  return element('div', { class: `grid ${columns}` }, ...cards);
}

function card(content: Markup, caption: string): Markup {
  return element('figure', { class: 'card' }, content, element('figcaption', {}, escape(caption)));
}

function lineLegend(summaries: readonly Summary[]): Markup {
  return legend(summaries.map(({ run }) => [line(0, 6, 24, 6, { class: `series ${seriesClass(run)}` }), run.title]));
}

function normLegend(): Markup {
  return legend([
    [line(0, 6, 24, 6, { class: 'norm' }), 'norm'],
    [line(0, 6, 24, 6, { class: 'threshold' }), 'threshold'],
    [element('path', { d: 'M8 2h8l-4 8z', class: 'damaged' }), 'batch with a damaged image'],
    [rect(4, 2, 16, 8, { class: 'clipped' }), 'clipped'],
    [rect(4, 2, 16, 8, { class: 'skipped' }), 'skipped'],
  ]);
}

function legend(entries: readonly (readonly [mark: Markup, name: string])[]): Markup {
  const items = entries.map(([mark, name]) => element('li', {}, picture(24, 12, '', mark), escape(name)));
  return element('ul', { class: 'legend' }, ...items);
}
