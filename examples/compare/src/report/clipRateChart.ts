import { percent } from '../format.ts';
import { did } from '../history.ts';
import type { Summary } from '../summary.ts';
import { stepAxis } from './axes.ts';
import type { Frame } from './axes.ts';
import { linear } from './scale.ts';
import { shares } from './series.ts';
import { element, picture, rect, text } from './svg.ts';
import type { Markup } from './svg.ts';

const width = 440;
const rowHeight = 24;

/** A strip for each run: the darker, the more of the steps around there were clipped. First seed of every run. */
export function clipRateChart(summaries: readonly Summary[], steps: number, unit: string): Markup {
  const frame: Frame = { left: 142, right: width - 48, top: 26, bottom: 26 + summaries.length * rowHeight };
  const x = linear([0, steps], [frame.left, frame.right], 4);
  const rows = summaries.map((summary, i) => strip(summary, steps, frame, frame.top + i * rowHeight));
  const title = text(width - 2, frame.top - 10, 'whole run', { class: 'end axis' });
  const label = `Share of clipped ${unit}s of every run over the ${unit}s`;
  return picture(width, frame.bottom + 42, label, title, ...rows, stepAxis(frame, x, unit));
}

function strip({ run, results: [first], clipRate }: Summary, steps: number, frame: Frame, top: number): Markup {
  const columns = shares(first?.history.action ?? [], steps, 40, (action) => action === did.clip);
  const columnWidth = (frame.right - frame.left) / columns.length;
  // Columns of steps that were not taken, after a failure, stay blank.
  const cells = columns
    .filter((share) => !Number.isNaN(share))
    .map((share, i) => {
      const x = frame.left + i * columnWidth;
      return rect(x, top + 3, columnWidth + 0.2, rowHeight - 6, { class: 'heat', 'fill-opacity': share });
    });
  return element(
    'g',
    {},
    text(frame.left - 8, top + 16, run.title, { class: 'end name' }),
    rect(frame.left, top + 3, columnWidth * cells.length, rowHeight - 6, { class: 'empty' }),
    ...cells,
    text(width - 2, top + 16, percent(clipRate), { class: 'end value' }),
  );
}
