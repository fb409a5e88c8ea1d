import Table from 'cli-table3';
import { percent, short } from '../format.ts';
import { byData, failureWords, titleInGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import type { Paint } from './colour.ts';

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

/** The results as text that can be quoted: no wider than 80 columns. */
export function table(summaries: readonly Summary[], paint: Paint): string {
  const several = summaries.some(({ results }) => results.length > 1);
  const accuracy = several ? 'accuracy\nmedian / least' : '\naccuracy';
  const rows = new Table({
    head: ['\npolicy', accuracy, '\nfailed', 'clip\nrate', 'largest\nnorm', 'time in\nclipper'],
    colAligns: ['left', 'right', 'left', 'right', 'right', 'right'],
    chars,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1, compact: true },
  });
  for (const group of byData(summaries)) {
    rows.push([{ content: paint('dim', group.title), colSpan: 6 }]);
    for (const summary of group.summaries) rows.push(cells(summary, several, paint));
  }
  return rows.toString().replace(/ +$/gm, '');
}

function cells(summary: Summary, several: boolean, paint: Paint): string[] {
  const { accuracy, leastAccuracy, clipRate, largestNorm, clipperShare, failed, stopped } = summary;
  const least = several ? ` / ${(100 * leastAccuracy).toFixed(1)}` : '';
  const words = failureWords(summary);
  return [
    titleInGroup(summary),
    paint('bold', `${(100 * accuracy).toFixed(1)}${least} %`),
    failed ? paint('red', words) : stopped ? paint('yellow', words) : words,
    percent(clipRate),
    short(largestNorm),
    percent(clipperShare, 2),
  ];
}
