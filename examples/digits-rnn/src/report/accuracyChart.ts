import { grouped } from '../format.ts';
import { byData, hasFailed, titleInGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import { inPercent } from './axes.ts';
import type { Frame } from './axes.ts';
import { linear } from './scale.ts';
import { seriesClass } from './style.ts';
import { element, line, picture, rect, text } from './svg.ts';
import type { Markup } from './svg.ts';

const width = 440;
const rowHeight = 25;
const left = 142;

/** A bar for the median of each run, and with several seeds a dot for each of them. */
export function accuracyChart(summaries: readonly Summary[]): Markup {
  const groups = byData(summaries);
  const bottom = groups.reduce((sum, group) => sum + (group.summaries.length + 1) * rowHeight, 4);
  const frame: Frame = { left, right: width - 42, top: 4, bottom };
  const x = linear([0, 100], [frame.left, frame.right], 5);

  const grid = x.ticks.map((tick) => line(x(tick), frame.top, x(tick), bottom, { class: 'grid' }));
  const labels = x.ticks.map((tick) => text(x(tick), bottom + 17, inPercent(tick), { class: 'middle' }));
  const guessing = [
    line(x(10), frame.top, x(10), bottom, { class: 'reference' }),
    text(x(10) + 4, frame.top + 10, 'guessing', { class: 'small' }),
  ];

  let top = frame.top;
  const rows: Markup[] = [];
  for (const group of groups) {
    rows.push(text(0, top + 17, group.title, { class: 'axis' }));
    top += rowHeight;
    for (const summary of group.summaries) {
      rows.push(row(summary, top, x));
      top += rowHeight;
    }
  }
  const axisTitle = text((frame.left + frame.right) / 2, bottom + 36, `accuracy on ${grouped(2000)} test images`, {
    class: 'middle axis',
  });
  const label = 'Test accuracy of every run as a bar from 0 to 100 percent';
  return picture(width, bottom + 42, label, ...grid, ...guessing, ...rows, ...labels, axisTitle);
}

function row(summary: Summary, top: number, x: (value: number) => number): Markup {
  const { run, accuracy, results, failed } = summary;
  const middle = top + rowHeight / 2;
  const value = x(100 * accuracy);
  const dots = results.map((result) =>
    element('circle', { cx: x(100 * result.accuracy), cy: middle, r: 3, class: hasFailed(result) ? 'dot bad' : 'dot' }),
  );
  const several = results.length > 1;
  const labelAt = several ? x(100) + 8 : value + 7;
  return element(
    'g',
    { class: seriesClass(run) },
    text(left - 8, middle + 4, titleInGroup(summary), { class: 'end name' }),
    rect(left, middle - 8, Math.max(1, value - left), 16, { class: 'bar', rx: 2 }),
    ...(several ? dots : []),
    text(labelAt, middle + 4, (100 * accuracy).toFixed(1), {
      class: failed === results.length ? 'value bad' : 'value',
    }),
  );
}
