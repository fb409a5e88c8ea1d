import { percent, short } from '../format.ts';
import { byData, failureWords, titleInGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';

/** The numbers of the comparison, as in the terminal. */
export function resultTable(summaries: readonly Summary[]): Markup {
  const several = summaries.some(({ results }) => results.length > 1);
  const accuracy = several ? 'accuracy median / least' : 'accuracy';
  const head = ['policy', accuracy, 'failed', 'clip rate', 'largest norm', 'time in clipper'];
  const header = element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, escape(title))));
  const rows = byData(summaries).flatMap((group) => [
    element('tr', {}, element('td', { class: 'group', colspan: 6 }, escape(group.title))),
    ...group.summaries.map((summary) => row(summary, several)),
  ]);
  return element('table', {}, element('thead', {}, header), element('tbody', {}, ...rows));
}

function row(summary: Summary, several: boolean): Markup {
  const { accuracy, leastAccuracy, clipRate, largestNorm, clipperShare, failed } = summary;
  const least = several ? ` / ${(100 * leastAccuracy).toFixed(1)}` : '';
  const cell = (content: string, name?: string): Markup => element('td', { class: name }, escape(content));
  return element(
    'tr',
    {},
    cell(titleInGroup(summary)),
    cell(`${(100 * accuracy).toFixed(1)}${least} %`),
    cell(failureWords(summary), failed ? 'bad' : undefined),
    cell(percent(clipRate)),
    cell(short(largestNorm)),
    cell(percent(clipperShare, 2)),
  );
}
