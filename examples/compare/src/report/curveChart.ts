import type { RunResult } from '../result.ts';
import type { Run } from '../run.ts';
import type { Summary } from '../summary.ts';
import { unitOf } from '../task.ts';
import type { Curve, Task } from '../task.ts';
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
  readonly points: readonly (readonly [step: number, value: number])[];
}

/** The loss, or what else the task follows, of the first seed of every run: each a line of medians. */
export function curveChart(task: Task, summaries: readonly Summary[], steps: number): Markup {
  const { curve, runs } = task;
  const around = Math.max(1, Math.round(steps / 40));
  const lines = summaries.flatMap(({ run, results: [result] }): Line[] =>
    result ? [{ run, result, points: smooth(result.history.curve, around) }] : [],
  );
  const y = curveScale(curve, lines);
  const x = linear([0, steps], [frame.left, frame.right], 4);
  const drawn = lines.map(({ run, points }) =>
    path(
      points.map(([step, value]) => [x(step), y(value)] as const),
      { class: `series ${seriesClass(run, runs)}` },
    ),
  );
  const unit = unitOf(task);
  const label = `The ${curve.name} of every run over the training ${unit}s`;
  const axes = [yTitle(frame, curve.axis), yAxis(frame, y, axisLabel), stepAxis(frame, x, unit)];
  const crosses = lines.map((each) => failure(each, x, y(curve.range[1])));
  return picture(width, height, label, ...axes, ...drawn, ...crosses);
}

/** Around the values of the runs that did not fail. */
function curveScale({ scale = 'log', range }: Curve, lines: readonly Line[]): Scale {
  const values = lines
    .filter(({ result }) => result.ending !== 'failed')
    .flatMap(({ points }) => points.map(([, value]) => value))
    .filter((value) => Number.isFinite(value) && (scale === 'linear' || value > 0));
  const least = Math.min(range[0], ...values);
  const most = Math.max(range[1], ...values);
  const place = [frame.bottom, frame.top] as const;
  if (scale === 'linear') return linear([least, most], place, 5);
  const domain = [least / 1.1, most * 1.1] as const;
  return Object.assign(log(domain, place), { ticks: logTicks(domain) });
}

/** 1, 2 and 5 times powers of ten, or the powers alone where those would be too many. */
function logTicks([least, most]: readonly [number, number]): number[] {
  const factors = most / least > 1e3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++)
    ticks.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  return ticks.filter((tick) => tick >= least && tick <= most);
}

/** At most five characters, which is what there is room for. */
function axisLabel(value: number): string {
  const digits = String(Number(value.toPrecision(3)));
  return digits.length > 5 ? value.toExponential(0).replace('e+', 'e') : digits;
}

/** A cross where a run lost its weights. */
function failure({ run, result }: Line, x: Scale, level: number): Markup {
  if (result.ending !== 'failed') return '';
  const at = x(result.steps);
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
