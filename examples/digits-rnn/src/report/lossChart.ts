import type { RunResult } from '../result.ts';
import type { Run } from '../runs.ts';
import type { Summary } from '../summary.ts';
import { stepAxis, yAxis, yTitle } from './axes.ts';
import type { Frame } from './axes.ts';
import { linear, log } from './scale.ts';
import type { Scale } from './scale.ts';
import { smooth } from './series.ts';
import { seriesClass } from './style.ts';
import { element, path, picture, text } from './svg.ts';
import type { Markup } from './svg.ts';

const width = 440;
const height = 300;
const frame: Frame = { left: 36, right: width - 4, top: 24, bottom: height - 38 };

interface Line {
  readonly run: Run;
  readonly result: RunResult;
  readonly points: readonly (readonly [step: number, loss: number])[];
}

/** The training loss of the first seed of every run, each a line of medians, on a log axis. */
export function lossChart(summaries: readonly Summary[], steps: number): Markup {
  const around = Math.max(1, Math.round(steps / 40));
  const lines = summaries.flatMap(({ run, results: [result] }): Line[] =>
    result ? [{ run, result, points: smooth(result.history.loss, around) }] : [],
  );
  const y = lossScale(lines);
  const x = linear([0, steps], [frame.left, frame.right], 4);
  const drawn = lines.map(({ run, points }) =>
    path(
      points.map(([step, loss]) => [x(step), y(loss)] as const),
      { class: `series ${seriesClass(run)}` },
    ),
  );
  const label = 'Training loss of every run over the steps';
  const axes = [yTitle(frame, 'cross entropy'), yAxis(frame, y, String), stepAxis(frame, x)];
  return picture(width, height, label, ...axes, ...drawn, ...lines.map((each) => failure(each, x, y)));
}

/** Around the losses of the runs that did not fail, with marks at 1, 2 and 5 times powers of ten. */
function lossScale(lines: readonly Line[]): Scale {
  const losses = lines
    .filter(({ result }) => result.ending !== 'failed')
    .flatMap(({ points }) => points.map(([, loss]) => loss))
    .filter((loss) => loss > 0 && loss < Infinity);
  const domain = [Math.min(0.9, ...losses) / 1.1, Math.max(2.4, ...losses) * 1.1] as const;
  const ticks = [0.001, 0.01, 0.1, 1, 10, 100]
    .flatMap((power) => [1, 2, 5].map((factor) => Number((factor * power).toPrecision(1))))
    .filter((tick) => tick >= domain[0] && tick <= domain[1]);
  return Object.assign(log(domain, [frame.bottom, frame.top]), { ticks });
}

/** A cross where a run lost its weights. */
function failure({ run, result }: Line, x: Scale, y: Scale): Markup {
  if (result.ending !== 'failed') return '';
  const at = x(result.steps);
  const level = y(2.3);
  const cross = path(
    [
      [at - 4, level - 4],
      [at + 4, level + 4],
      [NaN, NaN],
      [at - 4, level + 4],
      [at + 4, level - 4],
    ],
    { class: 'cross' },
  );
  return element('g', {}, cross, text(at + 9, level - 8, `${run.title}: failed`, { class: 'bad' }));
}
