import type { Filled, Rows } from './columns.ts';
import { isBad, sumOfSquares } from './loops.ts';
import type { GradientBuffer } from './set.ts';

/** The rows of one tensor: the quick way, and the careful way where that is not good enough. */
export function fill(
  columns: Filled,
  span: Rows,
  buffer: GradientBuffer,
  isWeights?: boolean,
  squares: (buffer: GradientBuffer) => number = sumOfSquares,
): void {
  if (columns.order === 2 && span.units === 1 && !columns.maxAbs) {
    const sum = squares(buffer);
    columns.power[span.first] = sum;
    columns.size[span.first] = buffer.length;
    // NaN and infinite elements make the sum NaN or infinite. Squares of float32 numbers stay in the range of float64.
    if (sum < 1e300 && (sum > 1e-280 || buffer.BYTES_PER_ELEMENT === 4)) return;
  }
  fillCarefully(columns, span, buffer, isWeights);
}

/**
 * Any order, unit by unit. A sum of |x|^order that leaves the range of float64 is taken again, of |x / scale|^order: the
 * scale is a power of two, and dividing by one is exact. Elements that are not finite are left out and counted; weights
 * that are not finite have no norm, which does not make the step a bad one.
 */
function fillCarefully(columns: Filled, span: Rows, buffer: GradientBuffer, isWeights?: boolean): void {
  const { name, units, inner, first } = span;
  const { length } = buffer;
  const { order, power, size, maxAbs } = columns;
  for (let unit = 0; unit < units; unit++) {
    const row = first + unit;
    let scale = 1;
    let top = 0;
    let count = 0;
    let sum = 0;
    for (let attempt = 0; attempt < 2; attempt++) {
      let lost = 0;
      top = count = sum = 0;
      for (let from = unit * inner; from < length; from += units * inner)
        for (let i = from; i < from + inner; i++) {
          const x = Math.abs(buffer[i]!);
          if (!(x < Infinity)) continue;
          count++;
          if (x > top) top = x;
          const y = x / scale;
          const term = order === 2 ? y * y : order === 1 ? y : y ** order;
          // What this addition loses, exactly, without a branch that could be mispredicted.
          const next = sum + term;
          const added = next - sum;
          lost += sum - (next - added) + (term - added);
          sum = next;
        }
      sum += lost;
      if (!top || order === Infinity || (sum > 1e-280 && sum < 1e300)) break;
      scale = 2 ** Math.min(Math.floor(Math.log2(top)), 1023);
    }
    if (scale !== 1) (columns.scale ??= new Float64Array(power.length).fill(1))[row] = scale;
    power[row] = order < Infinity ? sum : top;
    size[row] = count;
    if (maxAbs) maxAbs[row] = top;
    const bad = length / units - count;
    if (bad && isWeights) power[row] = NaN;
    else if (bad) {
      columns.nonFinite += bad;
      columns.firstBad ??= { name, index: buffer.findIndex(isBad), value: buffer.find(isBad)! };
    }
  }
}
