import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { sideBySide } from './sideBySide.ts';
import type { Timing, Variant } from './sideBySide.ts';

/** The whole call on 20 tensors of 50 elements, clipping at every step, against the loop everybody writes. */
export function smallTensors(): readonly Timing[] {
  const gradients = Array.from({ length: 20 }, (_, i) =>
    Float32Array.from({ length: 50 }, (_, j) => Math.sin(1 + i * 50 + j)),
  );
  const map = Object.fromEntries(gradients.map((gradient, i) => [`tensor${i}`, gradient]));
  // Just under the norm, so that every call scales and no element ever shrinks away: the factor is 1 - 1e-9.
  const norm = Math.hypot(...gradients.flatMap((gradient) => [...gradient]));
  const threshold = norm * (1 - 1e-9);
  const clipper = createClipper(threshold);
  const adaptive = createClipper(percentile({ p: 10 }));
  const variants: readonly Variant[] = [
    { name: 'naive loop', run: (calls) => repeat(calls, () => naive(gradients, threshold)) },
    { name: 'clipBuffers(list, number)', run: (calls) => repeat(calls, () => clipBuffers(gradients, threshold)) },
    { name: 'clipBuffers(list, clipper)', run: (calls) => repeat(calls, () => clipBuffers(gradients, clipper)) },
    { name: 'clipBuffers(map, clipper)', run: (calls) => repeat(calls, () => clipBuffers(map, clipper)) },
    { name: 'clipBuffers(list, percentile 10)', run: (calls) => repeat(calls, () => clipBuffers(gradients, adaptive)) },
  ];
  return sideBySide(variants);
}

function repeat(calls: number, call: () => unknown): unknown {
  let last: unknown;
  for (let i = 0; i < calls; i++) last = call();
  return last;
}

function naive(gradients: readonly Float32Array[], threshold: number): number {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  const norm = Math.sqrt(sum);
  const factor = threshold / (norm + 1e-6);
  if (factor < 1) for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
  return norm;
}
