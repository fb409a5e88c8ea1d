import { did } from '../history.ts';
import type { RunResult } from '../result.ts';
import { powerOfTen, stepAxis, yAxis, yTitle } from './axes.ts';
import type { Frame } from './axes.ts';
import { linear, log } from './scale.ts';
import { decimate, shares } from './series.ts';
import { element, line, path, picture, rect, text } from './svg.ts';
import type { Markup } from './svg.ts';

const width = 340;
const height = 232;
const frame: Frame = { left: 46, right: width - 4, top: 18, bottom: height - 38 };
const stripHeight = 7;

/**
 * One run step by step: its norms on a log axis with the threshold over them, triangles above the marked steps, and below
 * a strip that shows the clipped and the skipped ones.
 */
export function normChart(
  { history, job, ending, steps }: RunResult,
  title: string,
  unit: string,
  norms: readonly [number, number],
): Markup {
  const x = linear([0, job.steps], [frame.left, frame.right], 4);
  const y = log(norms, [frame.bottom - stripHeight - 5, frame.top]);
  const columns = frame.right - frame.left;
  const place = ([step, value]: readonly [number, number]): readonly [number, number] => [x(step), y(value)];
  const threshold = history.threshold.map((value) => (Number.isFinite(value) ? value : NaN));
  const visible = Math.max(1, Math.round((columns * history.norm.length) / job.steps));
  return picture(
    width,
    height,
    `Gradient norm and threshold of the run ${title}`,
    yAxis(frame, y, powerOfTen(y.ticks)),
    yTitle(frame, 'norm'),
    stepAxis(frame, x, unit),
    path(decimate(history.norm, visible).map(place), { class: 'norm' }),
    path(decimate(threshold, visible).map(place), { class: 'threshold' }),
    ...triangles(history.marked, x),
    ...strip(history.action, job.steps),
    ...(ending === 'failed' ? [end(x(steps - 1))] : []),
  );
}

/** The range that holds all norms and thresholds of the runs that did not fail, and at least 1 to 100. */
export function normDomain(results: readonly RunResult[]): readonly [number, number] {
  let least = 1;
  let most = 100;
  for (const { history, ending } of results) {
    if (ending === 'failed') continue;
    for (const value of [...history.norm, ...history.threshold]) {
      if (!(value > 0 && value < Infinity)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return [least / 1.5, most * 1.5];
}

function triangles(marked: Uint8Array, x: (step: number) => number): Markup[] {
  return [...marked.entries()]
    .filter(([, count]) => count > 0)
    .map(([step]) => element('path', { d: `M${(x(step) - 3.5).toFixed(1)} 6h7l-3.5 7z`, class: 'marked' }));
}

function strip(action: Uint8Array, steps: number): Markup[] {
  const top = frame.bottom - stripHeight;
  const columns = 147;
  const count = Math.min(columns, steps);
  const columnWidth = (frame.right - frame.left) / count;
  const cells = (what: number, name: string): Markup[] =>
    shares(action, steps, columns, (each) => each === what).flatMap((share, i) =>
      share > 0
        ? [
            rect(frame.left + i * columnWidth, top, columnWidth + 0.2, stripHeight, {
              class: name,
              'fill-opacity': name === 'skipped' ? undefined : 0.15 + 0.85 * share,
            }),
          ]
        : [],
    );
  return [
    rect(frame.left, top, frame.right - frame.left, stripHeight, { class: 'empty' }),
    ...cells(did.clip, 'clipped'),
    ...cells(did.skip, 'skipped'),
  ];
}

function end(x: number): Markup {
  const toTheLeft = x > (frame.left + frame.right) / 2;
  const words = text(x + (toTheLeft ? -6 : 6), frame.top + 26, 'not finite', { class: toTheLeft ? 'end bad' : 'bad' });
  return element('g', {}, line(x, frame.top, x, frame.bottom, { class: 'end-of-run' }), words);
}
