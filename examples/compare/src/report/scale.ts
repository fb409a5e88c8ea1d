/** From values to positions in a picture, with the values worth a mark. */
export interface Scale {
  /** The position of a value; values outside the domain are put on its border, NaN stays NaN. */
  (value: number): number;
  readonly ticks: readonly number[];
}

export function linear(
  [least, most]: readonly [number, number],
  [from, to]: readonly [number, number],
  marks: number,
): Scale {
  const step = niceStep((most - least) / marks);
  const ticks: number[] = [];
  for (let value = Math.ceil(least / step) * step; value <= most + step / 1000; value += step) ticks.push(value);
  const at = (value: number): number => from + ((clamp(value, least, most) - least) / (most - least)) * (to - from);
  return Object.assign(at, { ticks });
}

/** Logarithmic, with a mark at each power of ten. */
export function log([least, most]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  const inner = linear([Math.log10(least), Math.log10(most)], [from, to], 1);
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(least)); power <= Math.log10(most) + 1e-9; power++) ticks.push(10 ** power);
  return Object.assign((value: number) => inner(Math.log10(Math.max(value, Number.MIN_VALUE))), { ticks });
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = step / power;
  return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

function clamp(value: number, least: number, most: number): number {
  return Number.isNaN(value) ? NaN : Math.min(Math.max(value, least), most);
}
