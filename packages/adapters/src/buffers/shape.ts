import { assertOption } from '@gradclip/core';
import { refuse } from './refuse.ts';
import type { Tensor } from './set.ts';

/** The dimensions of each tensor, in the same form as the set of buffers. */
export type ShapeSet = readonly (readonly number[])[] | Readonly<Record<string, readonly number[]>>;

/** Element i belongs to unit `floor(i / inner) % units`: inner is the product of the dimensions after the unit axis. */
export interface Span extends Tensor {
  readonly units: number;
  readonly inner: number;
}

/**
 * A tensor by its units. Without a shape, with fewer than two dimensions or without elements it is one unit.
 * @throws GradclipError INVALID_SHAPE, INVALID_OPTION
 */
export function spanOf({ name, buffer, wide }: Tensor, shapes?: ShapeSet, unitAxis: number = -1): Span {
  const { length } = buffer;
  let units = 1;
  let inner = length;
  if (shapes && Object.hasOwn(shapes, name)) {
    const shape = (shapes as Readonly<Record<string, readonly number[]>>)[name]!;
    const isShape = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
    if (!isShape || product(shape) !== length)
      refuse('INVALID_SHAPE', name, `has ${length} elements, its shape is [${shape}]`, 'Give its own dimensions.');
    if (shape.length > 1 && length) {
      const axis = unitAxis < 0 ? unitAxis + shape.length : unitAxis;
      units = shape[axis]!;
      inner = product(shape.slice(axis + 1));
      assertOption('clipBuffers', 'unitAxis', unitAxis, units > 0, `an axis of ${name}, whose shape is [${shape}]`);
    }
  }
  // One unit is one run, whatever comes before and after its axis.
  return { name, buffer, wide, units, inner: units === 1 ? length : inner };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
