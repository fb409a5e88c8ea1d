import { assertOption } from '@gradclip/core';
import type { Measurement } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import { isBuffer } from './check.ts';
import { clear, measured } from './columns.ts';
import type { Columns, Span } from './columns.ts';
import { fill } from './fill.ts';
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
  clear({ gradients, weights });
  for (const span of spans) {
    fill(gradients, span, span.buffer);
    if (weights) fill(weights, span, weightsOf(span, options.weights as BufferMap | undefined), true);
  }
  return measured({ gradients, weights }, lossScale);
}

function weightsOf({ name, buffer: { length } }: Span, weights: BufferMap | undefined): GradientBuffer {
  const buffer = weights?.[name];
  if (isBuffer(buffer) && buffer.length === length) return buffer;
  const code = weights ? 'INVALID_WEIGHTS' : 'WEIGHTS_MISSING';
  return refuse(code, `needs ${length} weights`, 'Pass { weights } like the gradients.', name);
}
