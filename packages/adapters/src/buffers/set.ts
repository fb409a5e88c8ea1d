import type { MeasurePlan, StepDecision } from '@gradclip/core';
import { checkedTensors, isGiven } from './check.ts';
import type { Space } from './space.ts';

/** The gradient of one tensor, row-major; changed in place. */
export type GradientBuffer = Float32Array | Float64Array;

/**
 * The gradients of a step: a list, whose tensors are named '0', '1', …, or a map by name. null and undefined stand for
 * absent gradients.
 */
export type BufferSet = readonly GradientBuffer[] | Readonly<Record<string, GradientBuffer>>;

/** What a caller can really pass. */
export type BufferMap = Readonly<Record<string, GradientBuffer | null | undefined>>;

/** One tensor of a set, as it was when the set was checked. */
export interface Tensor {
  readonly name: string;
  readonly buffer: GradientBuffer;
  readonly length: number;
}

/** A set of buffers that has been checked. It holds while the same ones come again, in order, as long as before. */
export interface CheckedSet {
  readonly isList: boolean;
  /** As given, absent ones and repeated ones included. */
  readonly entries: readonly Partial<Tensor>[];
  /** Each stretch of memory once, under its first name. */
  readonly tensors: readonly Tensor[];
  /** What it is measured into, by plan. */
  readonly spaces: WeakMap<MeasurePlan, Space>;
  /** The last decision that was applied to it. */
  applied: StepDecision | undefined;
}

/** By the first buffer of a set. */
const sets = new WeakMap<GradientBuffer, CheckedSet>();

