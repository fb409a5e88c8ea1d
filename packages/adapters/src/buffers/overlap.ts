import { refuse } from './refuse.ts';
import type { GradientBuffer, Tensor } from './set.ts';

/**
 * The tensors without those whose memory an earlier one has: tied weights have one gradient, counted and scaled once.
 * @throws GradclipError BUFFER_OVERLAP where two share a part of their bytes, or read the same bytes differently.
 */
export function withoutDuplicates(tensors: readonly Tensor[]): readonly Tensor[] {
  const byMemory = new Map<ArrayBufferLike, Tensor[]>();
  for (const tensor of tensors) {
    const { buffer, length } = tensor.buffer;
    if (!length) continue;
    const neighbours = byMemory.get(buffer);
    if (neighbours) neighbours.push(tensor);
    else byMemory.set(buffer, [tensor]);
  }
  const duplicates = new Set<Tensor>();
  for (const neighbours of byMemory.values()) {
    // The sort is stable: of tensors at one place, the first stays first.
    neighbours.sort((a, b) => a.buffer.byteOffset - b.buffer.byteOffset);
    let kept = neighbours[0]!;
    for (let i = 1; i < neighbours.length; i++) {
      const tensor = neighbours[i]!;
      const { byteOffset, byteLength } = kept.buffer;
      if (tensor.buffer.byteOffset >= byteOffset + byteLength) kept = tensor;
      else if (isSame(tensor.buffer, kept.buffer)) duplicates.add(tensor);
      else {
        const advice = 'Give each tensor its own memory, or tied tensors the same view.';
        refuse('BUFFER_OVERLAP', tensor.name, `shares a part of its memory with ${kept.name}`, advice);
      }
    }
  }
  return duplicates.size ? tensors.filter((tensor) => !duplicates.has(tensor)) : tensors;
}

function isSame(a: GradientBuffer, b: GradientBuffer): boolean {
  return a.byteOffset === b.byteOffset && a.length === b.length && a.BYTES_PER_ELEMENT === b.BYTES_PER_ELEMENT;
}
