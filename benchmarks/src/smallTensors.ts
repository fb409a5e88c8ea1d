import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper, times } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { sideBySide } from './sideBySide.ts';
import type { Timing, Variant } from './sideBySide.ts';

/** The whole call on 20 tensors of 50 elements, clipping at every step, against the loop everybody writes. */
export function smallTensors(): Promise<readonly Timing[]> {
  // Just under the norm: every call scales, by 1 - 1e-9, which float32 rounds back, so that no variant runs out of work.
  const norm = Math.hypot(...makeGradients().flatMap((gradient) => [...gradient]));
  const threshold = norm * (1 - 1e-9);
  const [own, forNumber, forClipper, forAdaptive] = Array.from({ length: 4 }, makeGradients);
  const map = Object.fromEntries(makeGradients().map((gradient, i) => [`tensor${i}`, gradient]));
  const [clipper, ofMap] = [createClipper(threshold), createClipper(threshold)];
  const adaptive = createClipper(times(percentile({ p: 10 }), 1 - 1e-9));
  const variants: readonly Variant[] = [
    { name: 'naive loop', run: (calls) => repeat(calls, () => naive(own!, threshold)) },
    { name: 'clipBuffers(list, number)', run: (calls) => repeat(calls, () => clipBuffers(forNumber!, threshold)) },
    { name: 'clipBuffers(list, clipper)', run: (calls) => repeat(calls, () => clipBuffers(forClipper!, clipper)) },
    { name: 'clipBuffers(map, clipper)', run: (calls) => repeat(calls, () => clipBuffers(map, ofMap)) },
    { name: 'the same, percentile 10', run: (calls) => repeat(calls, () => clipBuffers(forAdaptive!, adaptive)) },
  ];
  return sideBySide(variants);
}

function makeGradients(): Float32Array[] {
  const element = (i: number): number => Math.sin(1 + i);
  return Array.from({ length: 20 }, (_, i) => Float32Array.from({ length: 50 }, (_, j) => element(i * 50 + j)));
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
  const factor = threshold / norm;
  if (factor < 1) for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
  return norm;
}
