import { kindOf, refuse } from './refuse.ts';
import type { BufferMap, BufferSet, CheckedSet, GradientBuffer, Tensor } from './set.ts';

/** How long a buffer was when it was first seen. */
const firstLengths = new WeakMap<GradientBuffer, number>();

/**
 * Looks for everything that must not meet a step.
 * @throws GradclipError INVALID_BUFFER, BUFFER_DETACHED, BUFFER_RESIZED, BUFFER_OVERLAP
 */
export function check(gradients: BufferSet): Pick<CheckedSet, 'isList' | 'entries' | 'tensors'> {
  const isList = Array.isArray(gradients);
  if (!isList && kindOf(gradients) !== 'Object')
    refuse('INVALID_BUFFER', undefined, `must be a list or a map, got ${kindOf(gradients)}`, 'Pass { dW, db }.');
  const entries = Object.keys(gradients).map((name) => {
    const buffer = (gradients as BufferMap)[name];
    if (buffer === null || buffer === undefined) return { name, buffer };
    if (!isBuffer(buffer))
      refuse('INVALID_BUFFER', name, `must be a Float32Array or Float64Array, got ${kindOf(buffer)}`, 'Convert it.');
    const { length } = buffer;
    const before = firstLengths.get(buffer) ?? length;
    try {
      new Uint8Array(buffer.buffer);
    } catch {
      refuse('BUFFER_DETACHED', name, 'is detached', 'Clip before you transfer it.');
    }
    if (length !== before) refuse('BUFFER_RESIZED', name, `had ${before} elements, now ${length}`, 'Make a new view.');
    firstLengths.set(buffer, length);
    return { name, buffer, length };
  });
  return { isList, entries, tensors: withoutRepeats(entries.filter((entry): entry is Tensor => !!entry.buffer)) };
}

/** A genuine Float32Array or Float64Array, of any realm. */
export function isBuffer(value: unknown): value is GradientBuffer {
  return ArrayBuffer.isView(value) && /^Float(32|64)/.test(kindOf(value));
}

/** Tied weights have one gradient, counted and scaled once: tensors without those whose memory an earlier one has. */
function withoutRepeats(tensors: readonly Tensor[]): readonly Tensor[] {
  const lastIn = new Map<ArrayBufferLike, Tensor>();
  const kept = new Set(tensors);
  // The sort is stable: of tensors at one place, the first stays first.
  for (const tensor of tensors.toSorted((a, b) => a.buffer.byteOffset - b.buffer.byteOffset)) {
    const { buffer } = tensor;
    const last = lastIn.get(buffer.buffer);
    const other = last?.buffer;
    if (!buffer.length) continue;
    if (!other || buffer.byteOffset >= other.byteOffset + other.byteLength) lastIn.set(buffer.buffer, tensor);
    else if (
      buffer.byteOffset === other.byteOffset &&
      buffer.byteLength === other.byteLength &&
      buffer.length === other.length
    )
      kept.delete(tensor);
    else refuse('BUFFER_OVERLAP', tensor.name, `shares memory with ${last!.name}`, 'Copy one, or pass the same view.');
  }
  return [...kept];
}
