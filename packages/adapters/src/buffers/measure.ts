import { assertOption } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import { isBuffer } from './check.ts';
import { isBad, sumOfSquares } from './loops.ts';
import { refuse } from './refuse.ts';
import type { BufferMap, GradientBuffer } from './set.ts';
import type { Columns, Span, Workspace } from './workspace.ts';

/**
 * Measures a set of buffers into its workspace.
 * @throws GradclipError INVALID_OPTION, WEIGHTS_MISSING, INVALID_WEIGHTS
 */
export function measure({ spans, gradients, weights }: Workspace, options: BufferOptions): Measurement {
  const { lossScale } = options;
  const isScale = lossScale === undefined || (Number.isFinite(lossScale) && lossScale > 0);
  assertOption('clipBuffers', 'lossScale', lossScale, isScale, 'finite and > 0');
  gradients.nonFinite = 0;
  gradients.firstBad = undefined;
  gradients.scale?.fill(1);
  weights?.scale?.fill(1);
  for (const span of spans) {
    if (!fillQuickly(gradients, span, span.buffer)) fillCarefully(gradients, span, span.buffer);
    if (weights) {
      const buffer = weightsOf(span, options.weights as BufferMap | undefined);
      if (!fillQuickly(weights, span, buffer)) fillCarefully(weights, span, buffer, true);
    }
  }
  gradients.weightPower = weights?.power;
  gradients.weightScale = weights?.scale;
  gradients.lossScale = lossScale;
  return gradients as Measurement;
}

function weightsOf({ name, length }: Span, weights: BufferMap | undefined): GradientBuffer {
  const buffer = weights?.[name];
  if (isBuffer(buffer) && buffer.length === length) return buffer;
  return refuse(weights ? 'INVALID_WEIGHTS' : 'WEIGHTS_MISSING', name, `needs ${length} weights`, 'Pass { weights }.');
}

function fillQuickly({ order, power, size, maxAbs }: Columns, { length, units, first }: Span, buffer: GradientBuffer): boolean {
  if (order !== 2 || units > 1 || maxAbs) return false;
  const sum = sumOfSquares(buffer, 0, length);
  power[first] = sum;
  size[first] = length;
  // Squares of float32 numbers never leave the range of float64. What is not finite makes the sum NaN or infinite.
  return sum < 1e300 && (sum > 1e-280 || buffer.BYTES_PER_ELEMENT === 4);
}

function fillCarefully(columns: Columns, { name, length, units, inner, first }: Span, buffer: GradientBuffer, isWeights?: boolean): void {
  const { order, power, size, maxAbs } = columns;
  for (let unit = 0; unit < units; unit++) {
    const row = first + unit;
    let top = 0;
    let count = 0;
    let scale = 1;
    let sum = 0;
    let lost = 0;
    for (let from = unit * inner; from < length; from += inner * units)
      for (let i = from; i < from + inner; i++) {
        const x = Math.abs(buffer[i]!);
        if (x < Infinity) {
          count++;
          top = Math.max(top, x);
        }
      }
    size[row] = count;
    if (maxAbs) maxAbs[row] = top;
    power[row] = top;
    if (order < Infinity) {
      const term = top ** order;
      if (top > 0 && (term < 1e-280 || term * count > 1e300)) {
        scale = 2 ** Math.min(Math.floor(Math.log2(top)), 1023);
        (columns.scale ??= new Float64Array(power.length).fill(1))[row] = scale;
      }
      for (let from = unit * inner; from < length; from += inner * units)
        for (let i = from; i < from + inner; i++) {
          const x = Math.abs(buffer[i]!) / scale;
          if (x < Infinity) {
            const y = (order === 2 ? x * x : order === 1 ? x : x ** order) - lost;
            const next = sum + y;
            lost = next - sum - y;
            sum = next;
          }
        }
      power[row] = sum;
    }
    const bad = length / units - count;
    if (bad && isWeights) power[row] = NaN;
    else if (bad) {
      columns.nonFinite! += bad;
      columns.firstBad ??= { name, index: buffer.findIndex(isBad), value: buffer.find(isBad)! };
    }
  }
}
