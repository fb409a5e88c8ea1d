import { assertOption } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import { isBuffer } from './check.ts';
import type { Columns, Filled, Span } from './columns.ts';
import { isBad, sumOfSquares } from './loops.ts';
import { refuse } from './refuse.ts';
import type { BufferMap, GradientBuffer } from './set.ts';

/**
 * Fills the columns of a set.
 * @throws GradclipError INVALID_OPTION, WEIGHTS_MISSING, INVALID_WEIGHTS
 */
export function measure({ spans, gradients, weights }: Columns, options: BufferOptions): Measurement {
  const { lossScale } = options;
  const isScale = lossScale === undefined || (Number.isFinite(lossScale) && lossScale > 0);
  assertOption('clipBuffers', 'lossScale', lossScale, isScale, 'finite and > 0');
  gradients.nonFinite = 0;
  gradients.firstBad = undefined;
  gradients.scale?.fill(1);
  weights?.scale?.fill(1);
  for (const span of spans) {
    fill(gradients, span, span.buffer);
    if (weights) fill(weights, span, weightsOf(span, options.weights as BufferMap | undefined), true);
  }
  gradients.weightPower = weights?.power;
  gradients.weightScale = weights?.scale;
  gradients.lossScale = lossScale;
  return gradients as Measurement;
}

function weightsOf({ name, buffer: { length } }: Span, weights: BufferMap | undefined): GradientBuffer {
  const buffer = weights?.[name];
  if (isBuffer(buffer) && buffer.length === length) return buffer;
  const code = weights ? 'INVALID_WEIGHTS' : 'WEIGHTS_MISSING';
  return refuse(code, `needs ${length} weights`, 'Pass { weights } like the gradients.', name);
}

/** The rows of one tensor: the quick way, and the careful way where that is not good enough. */
function fill(columns: Filled, span: Span, buffer: GradientBuffer, isWeights?: boolean): void {
  if (columns.order === 2 && span.units === 1 && !columns.maxAbs) {
    const sum = sumOfSquares(buffer);
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
function fillCarefully(columns: Filled, span: Span, buffer: GradientBuffer, isWeights?: boolean): void {
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
