import type { MeasurePlan, StepDecision } from '@gradclip/core';
import { check } from './check.ts';
import type { Columns } from './columns.ts';

/** The gradient of one tensor, row-major; changed in place. */
export type GradientBuffer = Float32Array | Float64Array;

/**
 * The gradients of a step: a list, whose tensors are named '0', '1', …, or a map by name. null and undefined stand for
 * absent gradients.
 */
export type BufferSet = readonly (GradientBuffer | null | undefined)[] | BufferMap;
export type BufferMap = Readonly<Record<string, GradientBuffer | null | undefined>>;

/** One tensor of a set. */
export interface Tensor {
  readonly name: string;
  readonly buffer: GradientBuffer;
}

/** What a set was given under one key; absent buffers have no length. */
export interface Entry {
  readonly key: string | number;
  readonly buffer: GradientBuffer | null | undefined;
  readonly length: number | undefined;
}

/** A set of buffers that has been checked. It holds while the same ones come again, in order, as long as before. */
export interface CheckedSet {
  readonly entries: readonly Entry[];
  /** What is left of them: each stretch of memory once, under its first name. */
  readonly tensors: readonly Tensor[];
  /** What it is measured into, by plan. */
  readonly columns: WeakMap<MeasurePlan, Columns>;
  /** The last decision that was applied to it. */
  applied?: StepDecision | undefined;
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
  if (known && isUnchanged(known.entries, gradients)) return known;
  const set = check(gradients);
  set.applied = known?.applied;
  if (set.tensors.length) sets.set(first, set);
  return set;
}

function firstOf(gradients: BufferSet): Entry['buffer'] {
  if (Array.isArray(gradients) && gradients[0]) return gradients[0];
  for (const name in gradients) {
    const buffer = (gradients as BufferMap)[name];
    if (buffer) return buffer;
  }
  return undefined;
}

// These two run at every step, and a small model takes a thousand steps a second: comparisons, and nothing else.

function isUnchanged(entries: readonly Entry[], gradients: BufferSet): boolean {
  let i = 0;
  if (Array.isArray(gradients)) {
    for (; i < gradients.length; i++) if (!isSame(entries[i], i, gradients[i])) return false;
  } else for (const name in gradients) if (!isSame(entries[i++], name, (gradients as BufferMap)[name])) return false;
  return i === entries.length;
}

function isSame(entry: Entry | undefined, key: Entry['key'], buffer: Entry['buffer']): boolean {
  return entry?.key === key && entry.buffer === buffer && entry.length === buffer?.length;
}
