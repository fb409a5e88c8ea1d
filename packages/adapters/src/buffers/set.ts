import type { MeasurePlan, StepDecision } from '@gradclip/core';
import { withoutDuplicates } from './overlap.ts';
import { kindOf, refuse } from './refuse.ts';
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
  /** Float64Array? */
  readonly wide: boolean;
}

/** A set of buffers that has been checked. It holds while the same ones come again, in order, as long as before. */
export interface CheckedSet {
  /** Names, buffers and lengths as given, absent ones included; a list has no names. */
  readonly keys: readonly string[] | undefined;
  readonly given: readonly (GradientBuffer | null | undefined)[];
  readonly lengths: readonly number[];
  /** What is left: each stretch of memory once, under its first name. */
  readonly tensors: readonly Tensor[];
  /** What it is measured into, by plan. */
  readonly spaces: WeakMap<MeasurePlan, Workspace>;
  /** The last decision that was applied to it. */
  applied: StepDecision | undefined;
}

/** By the first buffer of a set. */
const sets = new WeakMap<GradientBuffer, CheckedSet>();
/** How long a buffer was when it was first seen. */
const firstLengths = new WeakMap<GradientBuffer, number>();

/**
 * The checked form of a set; the same object while the set is unchanged.
 * @throws GradclipError INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP
 */
export function checkedSet(gradients: BufferSet): CheckedSet {
  const first = firstOf(gradients);
  const known = first && sets.get(first);
  if (known && isUnchanged(known, gradients)) return known;
  const set = check(gradients, known?.applied);
  if (first && set.tensors.length) sets.set(first, set);
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
function isUnchanged({ keys, given, lengths }: CheckedSet, gradients: BufferSet): boolean {
  let i = 0;
  if (Array.isArray(gradients)) {
    if (keys) return false;
    for (; i < gradients.length; i++) {
      const buffer = gradients[i];
      if (buffer !== given[i] || (buffer && buffer.length !== lengths[i])) return false;
    }
  } else {
    if (!keys) return false;
    for (const name in gradients) {
      const buffer = (gradients as BufferMap)[name];
      if (name !== keys[i] || buffer !== given[i] || (buffer && buffer.length !== lengths[i])) return false;
      i++;
    }
  }
  return i === given.length;
}

function check(gradients: BufferSet, applied: StepDecision | undefined): CheckedSet {
  const isList = Array.isArray(gradients);
  if (!isList && kindOf(gradients) !== 'Object')
    refuse(
      'INVALID_BUFFER',
      undefined,
      `must be a list or a map, got ${kindOf(gradients)}`,
      'Pass [dW, db] or { dW, db }.',
    );
  const map = gradients as BufferMap;
  const keys = Object.keys(map);
  const given = keys.map((name) => map[name]);
  const present: Tensor[] = [];
  keys.forEach((name, i) => {
    const buffer = given[i];
    if (buffer === null || buffer === undefined) return;
    checkBuffer(name, buffer);
    present.push({ name, buffer, wide: isWide(buffer) });
  });
  const tensors = withoutDuplicates(present);
  for (const { buffer } of tensors) firstLengths.set(buffer, buffer.length);
  const lengths = given.map((buffer) => buffer?.length ?? 0);
  return { keys: isList ? undefined : keys, given, lengths, tensors, spaces: new WeakMap(), applied };
}

/** A genuine Float32Array or Float64Array, of any realm. */
export function isBuffer(value: unknown): value is GradientBuffer {
  return ArrayBuffer.isView(value) && /^Float(32|64)Array$/.test(kindOf(value));
}

export function isWide(buffer: GradientBuffer): boolean {
  return buffer.BYTES_PER_ELEMENT === 8;
}

function checkBuffer(name: string, buffer: GradientBuffer): void {
  if (!isBuffer(buffer)) {
    const what = `must be a Float32Array or a Float64Array, got ${kindOf(buffer)}`;
    refuse('INVALID_BUFFER', name, what, 'Keep gradients in one of these.');
  }
  const { length } = buffer;
  if (!length && isDetached(buffer))
    refuse('BUFFER_DETACHED', name, 'is detached: its memory was transferred', 'Clip before you transfer it.');
  const before = firstLengths.get(buffer) ?? length;
  if (length !== before)
    refuse(
      'BUFFER_RESIZED',
      name,
      `had ${before} elements and now has ${length}`,
      'Make a new view of resized memory.',
    );
}

function isDetached({ buffer }: GradientBuffer): boolean {
  try {
    return !new Uint8Array(buffer);
  } catch {
    return true;
  }
}
