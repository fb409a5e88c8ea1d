import { grid } from '../constants.ts';
import { candidate } from '../policies.ts';
import { orWorst } from '../summary.ts';
import type { Cell } from '../summary.ts';
import type { Task } from '../task.ts';
import { amountOf, tickText, unitOf, valueText } from '../values.ts';
import { scaleOf, thresholdScale } from './scale.ts';
import type { Scale } from './scale.ts';
import { element, escape, label, line, pointsText } from './svg.ts';
import type { Markup } from './svg.ts';

const WIDTH = 300;
const HEIGHT = 190;
const frame = { left: 40, right: WIDTH - 8, top: 10, bottom: HEIGHT - 22 };

/**
 * The results of the constants in one setting over their thresholds, with the spread of the seeds; rules that are told no
 * threshold are horizontal lines, those of `named` thick ones.
 */
export function thresholdChart(
  task: Task,
  setting: string,
  cells: readonly Cell[],
  named: readonly string[],
): Markup | undefined {
  const constants = grid.flatMap(({ policy, threshold }) => {
    const cell = cells.find((each) => each.policy === policy);
    return cell ? [{ threshold, cell }] : [];
  });
  if (constants.length === 0) return undefined;
  const thresholds = grid.map(({ threshold }) => threshold);
  const x = thresholdScale(thresholds, frame.left + 10, frame.right - 10);
  const y = scaleOf(task.axis, frame.bottom, frame.top);
  const level = (cell: Cell, kind: string): Markup =>
    line(frame.left, y(amountOf(task, cell)), frame.right, y(amountOf(task, cell)), kind);
  const adaptive = cells.filter(({ policy }) => candidate(policy).kind === 'adaptive' && !named.includes(policy));
  const lines = named.flatMap((policy, i) => {
    const cell = cells.find((each) => each.policy === policy);
    return cell ? [level(cell, `rule-${i}`)] : [];
  });
  const points = constants.map(({ threshold, cell }) => [x(threshold), y(amountOf(task, cell))] as const);
  const texts = cells
    .filter(({ policy }) => named.includes(policy) || grid.some((each) => each.policy === policy))
    .map((cell) => `${cell.policy} ${valueText(task, cell)}`);
  const picture = element(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${setting}: ${texts.join('; ')}` },
    axes(task, thresholds, x, y),
    ...adaptive.map((cell) => level(cell, 'rule')),
    spreadOf(task, constants, x, y),
    element('polyline', { points: pointsText(points), class: 'curve' }),
    ...constants.map(({ threshold, cell }) => mark(task, cell, x(threshold), y)),
    ...lines,
  );
  return element('figure', {}, element('h4', {}, escape(setting)), picture);
}

function axes(task: Task, thresholds: readonly number[], x: Scale, y: Scale): Markup {
  const levels = task.axis.ticks.map((tick) => {
    const text = `${tickText(task, tick)}${unitOf(task)}`;
    return line(frame.left, y(tick), frame.right, y(tick), 'grid') + label(frame.left - 5, y(tick) + 4, text, 'end');
  });
  const marks = thresholds.map((threshold) => label(x(threshold), frame.bottom + 15, String(threshold), 'middle'));
  return [...levels, ...marks].join('');
}

/** From the best to the worst seed of each constant. Runs that are solved or not have no spread. */
function spreadOf(
  task: Task,
  constants: readonly { readonly threshold: number; readonly cell: Cell }[],
  x: Scale,
  y: Scale,
): Markup {
  if (task.cell === 'solved' || constants.length < 2) return '';
  const ends = constants.map(({ threshold, cell }) => {
    const values = cell.runs.map(({ value }) => orWorst(task, value));
    return { at: x(threshold), low: y(Math.min(...values)), high: y(Math.max(...values)) };
  });
  const outline = [
    ...ends.map(({ at, high }) => [at, high] as const),
    ...ends.toReversed().map(({ at, low }) => [at, low] as const),
  ];
  return element('polygon', { points: pointsText(outline), class: 'band' });
}

/** A dot, or a cross at the border where runs are lost. */
function mark(task: Task, cell: Cell, x: number, y: Scale): Markup {
  const at = y(amountOf(task, cell));
  if (Number.isFinite(cell.value)) return element('circle', { cx: x, cy: at, r: 3.5, class: 'point' });
  return line(x - 4, at - 4, x + 4, at + 4, 'cross') + line(x - 4, at + 4, x + 4, at - 4, 'cross');
}
