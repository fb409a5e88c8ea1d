import { grouped } from '../format.ts';
import type { Scale } from './scale.ts';
import { element, line, text } from './svg.ts';
import type { Markup } from './svg.ts';

/** Where the data of a picture lie, in its own units. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Horizontal lines at the marks of y, with their values. */
export function yAxis(frame: Frame, y: Scale, write: (value: number) => string | undefined): Markup {
  const marks = y.ticks.flatMap((tick) => {
    const label = write(tick);
    const grid = line(frame.left, y(tick), frame.right, y(tick), { class: 'grid' });
    return label === undefined ? [grid] : [grid, text(frame.left - 6, y(tick) + 4, label, { class: 'end' })];
  });
  return element('g', {}, ...marks);
}

/** The steps, below the frame. */
export function stepAxis(frame: Frame, x: Scale, unit: string): Markup {
  const marks = x.ticks.map((tick, i) =>
    text(x(tick), frame.bottom + 16, grouped(tick), { class: anchor(i, x.ticks.length) }),
  );
  const title = text((frame.left + frame.right) / 2, frame.bottom + 33, `training ${unit}`, { class: 'middle axis' });
  return element('g', {}, ...marks, title);
}

/** The outermost marks stay inside the picture. */
function anchor(index: number, count: number): string {
  return index === 0 ? 'start' : index === count - 1 ? 'end' : 'middle';
}

/** The name of the y axis, above its values. */
export function yTitle(frame: Frame, title: string): Markup {
  return text(0, frame.top - 8, title, { class: 'axis' });
}

/** 0.01, 1, 100, then powers: every mark of an axis that has few, every other one of an axis that has many. */
export function powerOfTen(ticks: readonly number[]): (value: number) => string | undefined {
  const every = ticks.length > 5 ? 2 : 1;
  return (value) => {
    const power = Math.round(Math.log10(value));
    if (power % every !== 0) return undefined;
    return power >= -2 && power <= 4 ? grouped(Number(`1e${power}`)) : `1e${power}`;
  };
}
