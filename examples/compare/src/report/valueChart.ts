import { hasFailed, number, rounded, valueOf } from '../metric.ts';
import { titleInGroup } from '../run.ts';
import { byGroup } from '../summary.ts';
import type { Summary } from '../summary.ts';
import type { Metric, Task } from '../task.ts';
import type { Frame } from './axes.ts';
import { linear } from './scale.ts';
import type { Scale } from './scale.ts';
import { seriesClass } from './style.ts';
import { element, line, picture, rect, text } from './svg.ts';
import type { Markup } from './svg.ts';

const width = 440;
const rowHeight = 25;
const frameLeft = 142;
const frameRight = width - 42;
const frameTop = 4;

/** A bar for the median of each run, and with several seeds a dot for each of them. */
export function valueChart(task: Task, summaries: readonly Summary[]): Markup {
  const { metric } = task;
  const groups = byGroup(summaries);
  const headings = groups.filter(({ heading }) => heading !== undefined).length;
  const bottom = frameTop + (summaries.length + headings) * rowHeight;
  const frame: Frame = { left: frameLeft, right: frameRight, top: frameTop, bottom };
  const x = linear(metric.range ?? rangeOf(metric, summaries), [frame.left, frame.right], 5);

  const grid = x.ticks.map((tick) => line(x(tick), frame.top, x(tick), bottom, { class: 'grid' }));
  const labels = x.ticks.map((tick) => text(x(tick), bottom + 17, rounded(metric, tick), { class: 'middle' }));

  let top = frame.top;
  const rows: Markup[] = [];
  for (const group of groups) {
    if (group.heading !== undefined) {
      rows.push(text(0, top + 17, group.heading, { class: 'axis' }));
      top += rowHeight;
    }
    for (const summary of group.summaries) {
      rows.push(row(task, summary, top, x));
      top += rowHeight;
    }
  }
  const axisTitle = text((frame.left + frame.right) / 2, bottom + 36, `${metric.name} ${metric.on}`, {
    class: 'middle axis',
  });
  const label = `A bar for the ${metric.name} of every run`;
  return picture(width, bottom + 42, label, ...grid, ...reference(metric, frame, x), ...rows, ...labels, axisTitle);
}

/** From 0 to the largest value that is no failure: what has no limit would leave no room for the others. */
function rangeOf(metric: Metric, summaries: readonly Summary[]): readonly [number, number] {
  const results = summaries.flatMap((summary) => summary.results).filter((result) => !hasFailed(metric, result));
  const values = results.map((result) => valueOf(metric, result)).filter(Number.isFinite);
  return [0, Math.max(metric.reference?.value ?? metric.failsBeyond, ...values)];
}

function reference(metric: Metric, frame: Frame, x: Scale): Markup[] {
  if (!metric.reference) return [];
  const at = x(metric.reference.value);
  const isRight = at > (frame.left + frame.right) / 2;
  return [
    line(at, frame.top, at, frame.bottom, { class: 'reference' }),
    text(at + (isRight ? -4 : 4), frame.top + 10, metric.reference.label, { class: isRight ? 'small end' : 'small' }),
  ];
}

function row({ metric, runs }: Task, { run, value, results, failed }: Summary, top: number, x: Scale): Markup {
  const middle = top + rowHeight / 2;
  const end = x(value);
  const dots = results.map((result) =>
    element('circle', {
      cx: x(valueOf(metric, result)),
      cy: middle,
      r: 3,
      class: hasFailed(metric, result) ? 'dot bad' : 'dot',
    }),
  );
  const several = results.length > 1;
  return element(
    'g',
    { class: seriesClass(run, runs) },
    text(frameLeft - 8, middle + 4, titleInGroup(run), { class: 'end name' }),
    rect(frameLeft, middle - 8, Math.max(1, end - frameLeft), 16, { class: 'bar', rx: 2 }),
    ...(several ? dots : []),
    text(several ? frameRight + 8 : end + 7, middle + 4, number(metric, value), {
      class: failed === results.length ? 'value bad' : 'value',
    }),
  );
}
