import type { StepDecision } from '@gradclip/core';
import { check } from './check.ts';
import type { Workspace } from './workspace.ts';

/** The gradient of one tensor, row-major; changed in place. */
export type GradientBuffer = Float32Array | Float64Array;

/**
 * The gradients of a step: a list, whose tensors are named '0', '1', …, or a map by name. null and undefined stand for
 * absent gradients.
 */
export type BufferSet = readonly GradientBuffer[] | Readonly<Record<string, GradientBuffer>>;

/** What a caller can really pass. */
export type BufferMap = Readonly<Record<string, GradientBuffer | null | undefined>>;

/** One tensor of a set. */
export interface Tensor {
  readonly name: string;
  readonly buffer: GradientBuffer;
  readonly length: number;
}

/** A set of buffers that has been checked. It holds while the same ones come again, in order, as long as before. */
export interface CheckedSet {
  readonly isList: boolean;
  /** Everything as it was given, absent and repeated buffers included. */
  readonly entries: readonly (Tensor | { name: string; buffer: null | undefined; length?: undefined })[];
  /** What is left: each stretch of memory once, under its first name. */
  readonly tensors: readonly Tensor[];
  /** What it was last measured into. */
  space?: Workspace;
  /** The last decision that was applied to it. */
  applied: StepDecision | undefined;
}

/** By the first buffer of a set. */
const sets = new WeakMap<GradientBuffer, CheckedSet>();

/**
 * The checked form of a set; the same object while the set is unchanged.
 * @throws GradclipError INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP
 */
export function checkedSet(gradients: BufferSet): CheckedSet {
  const first = firstOf(gradients)!;
  const known = sets.get(first);
  if (known && isUnchanged(known, gradients)) return known;
  const set = { ...check(gradients), applied: known?.applied };
  if (set.tensors.length) sets.set(first, set);
  return set;
}

function firstOf(gradients: BufferSet): GradientBuffer | undefined {
  if (Array.isArray(gradients) && gradients[0]) return gradients[0];
  for (const name in gradients) {
    const buffer = (gradients as BufferMap)[name];
    if (buffer) return buffer;
  }
  return undefined;
}

// Runs at every step, and a small model takes a thousand steps a second: comparisons, and nothing else.
function isUnchanged({ isList, entries }: CheckedSet, gradients: BufferSet): boolean {
  let i = 0;
  const isNext = (buffer: GradientBuffer | null | undefined): boolean => {
    const entry = entries[i++];
    return buffer === entry?.buffer && buffer?.length === entry?.length;
  };
  if (Array.isArray(gradients) !== isList) return false;
  if (isList) { if (!(gradients as readonly GradientBuffer[]).every(isNext)) return false; }
  else for (const name in gradients)
    if (name !== entries[i]?.name || !isNext((gradients as BufferMap)[name])) return false;
  return i === entries.length;
}
