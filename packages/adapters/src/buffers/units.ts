import { assertOption } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import { refuse } from './refuse.ts';
import type { Tensor } from './set.ts';

/** The dimensions of each tensor, in the same form as the set of buffers. */
export type ShapeSet = readonly (readonly number[])[] | Readonly<Record<string, readonly number[]>>;

/** Element i of a tensor belongs to unit `floor(i / inner) % units`. */
export interface Units {
  readonly units: number;
  /** The product of the dimensions after the unit axis. */
  readonly inner: number;
}

/**
 * The units of a tensor. Without a shape, with fewer than two dimensions or without elements it is one.
 * @throws GradclipError INVALID_SHAPE, INVALID_OPTION
 */
export function unitsOf({ name, length }: Tensor, { shapes, unitAxis = -1 }: BufferOptions): Units {
  const shape = (shapes as Readonly<Record<string, readonly number[]>> | undefined)?.[name] as readonly number[];
  if (shape === undefined) return { units: 1, inner: length };
  if (!Array.isArray(shape) || !shape.every((size) => size >>> 0 === size) || product(shape) !== length)
    refuse('INVALID_SHAPE', name, `has ${length} elements, not the shape [${shape}]`, 'Give its own dimensions.');
  if (shape.length < 2 || !length) return { units: 1, inner: length };
  const axis = unitAxis < 0 ? unitAxis + shape.length : unitAxis;
  const units = shape[axis]!;
  assertOption('clipBuffers', 'unitAxis', unitAxis, units > 0, `an axis of ${name}, [${shape}]`);
  return { units, inner: product(shape.slice(axis + 1)) };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
