import { kindOf, refuse } from './refuse.ts';
import type { BufferMap, BufferSet, CheckedSet, GradientBuffer, Tensor } from './set.ts';

/** How long a buffer was when it was first seen. */
const firstLengths = new WeakMap<GradientBuffer, number>();

/**
 * Looks at a set for the first time.
 * @throws GradclipError INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP
 */
export function check(gradients: BufferSet): CheckedSet {
  const isList = Array.isArray(gradients);
  if (!isList && kindOf(gradients) !== 'Object')
    refuse(
      'INVALID_BUFFER',
      `must be a list or a map, got ${kindOf(gradients)}`,
      'Pass [gradient] or { name: gradient }.',
    );
  const tensors: Tensor[] = [];
  const entries = Object.keys(gradients).map((name) => {
    const buffer = (gradients as BufferMap)[name];
    if (buffer !== null && buffer !== undefined) tensors.push(tensorOf(name, buffer));
    return { key: isList ? Number(name) : name, buffer, length: buffer?.length };
  });
  return { entries, tensors: withoutRepeats(tensors), columns: new WeakMap() };
}

/** A genuine Float32Array or Float64Array, of any realm. */
export function isBuffer(value: unknown): value is GradientBuffer {
  return ArrayBuffer.isView(value) && /^Float(32|64)/.test(kindOf(value));
}

function tensorOf(name: string, buffer: GradientBuffer): Tensor {
  if (!isBuffer(buffer))
    refuse(
      'INVALID_BUFFER',
      `must be a Float32Array or Float64Array, got ${kindOf(buffer)}`,
      'Keep the gradient in one; a copy would be clipped in its place.',
      name,
    );
  const { length } = buffer;
  const before = firstLengths.get(buffer) ?? length;
  try {
    buffer.buffer.slice(0, 0);
  } catch {
    refuse('BUFFER_DETACHED', 'is detached', 'Clip before you transfer it.', name);
  }
  if (length !== before) refuse('BUFFER_RESIZED', `had ${before} elements, now ${length}`, 'Make a new view.', name);
  firstLengths.set(buffer, length);
  return { name, buffer };
}

/** The tensors without those whose memory an earlier one has: tied weights have one gradient, counted and scaled once. */
function withoutRepeats(tensors: readonly Tensor[]): readonly Tensor[] {
  const kept = new Set(tensors);
  const lastIn = new Map<ArrayBufferLike, Tensor>();
  // The sort is stable: of tensors at one place, the first stays first.
  for (const tensor of tensors.toSorted((a, b) => a.buffer.byteOffset - b.buffer.byteOffset)) {
    const { buffer: memory, byteOffset, byteLength, length } = tensor.buffer;
    const last = lastIn.get(memory);
    const other = last?.buffer;
    if (!length) continue;
    if (!other || byteOffset >= other.byteOffset + other.byteLength) lastIn.set(memory, tensor);
    else if (byteOffset === other.byteOffset && byteLength === other.byteLength && length === other.length)
      kept.delete(tensor);
    else refuse('BUFFER_OVERLAP', `shares memory with ${last!.name}`, 'Copy one, or pass one view twice.', tensor.name);
  }
  return [...kept];
}
