import { assertOption } from '@gradclip/core';
import { refuse } from './refuse.ts';
import type { Tensor } from './set.ts';

/** The dimensions of each tensor, in the same form as the set of buffers. */
export type ShapeSet = readonly (readonly number[])[] | Readonly<Record<string, readonly number[]>>;

/**
 * How many units a tensor has, and the product of the dimensions after their axis. Without a shape, with fewer than two
 * dimensions or without elements it is one unit.
 * @throws GradclipError INVALID_SHAPE, INVALID_OPTION
 */
export function unitsOf(
  { name, buffer: { length } }: Tensor,
  shapes: ShapeSet | undefined,
  unitAxis: number = -1,
): readonly [units: number, inner: number] {
  if (!shapes || !Object.hasOwn(shapes, name)) return [1, length];
  const shape = (shapes as Readonly<Record<string, readonly number[]>>)[name]!;
  const isShape = Array.isArray(shape) && shape.every((size) => size >>> 0 === size);
  if (!isShape || product(shape) !== length)
    refuse('INVALID_SHAPE', `has ${length} elements, not the shape [${shape}]`, 'Give its own dimensions.', name);
  if (shape.length < 2 || !length) return [1, length];
  const axis = unitAxis < 0 ? unitAxis + shape.length : unitAxis;
  const units = shape[axis]!;
  assertOption('clipBuffers', 'unitAxis', unitAxis, units > 0, `an axis of ${name}, [${shape}]`);
  return [units, product(shape.slice(axis + 1))];
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
