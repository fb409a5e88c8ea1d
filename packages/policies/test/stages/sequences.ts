import { createClipper, decode, encode } from '@gradclip/core';
import type { Clipper, GradientStages } from '@gradclip/core';
import { clipBuffers } from '@gradclip/adapters/buffers';
import { noise } from '../support.ts';

/** Gradients of 6 elements over 80 steps: spikes of 10 and 100 times, a rise, a drop, zeros, an element that wakes late. */
export function gradients(seed: number): readonly (readonly number[])[] {
  const next = noise(seed);
  return Array.from({ length: 80 }, (_, step) => {
    const level = step > 40 && step < 60 ? 20 : step >= 60 ? 0.01 : 1;
    const spike = step === 25 ? 10 : step === 33 || step === 70 ? 100 : 1;
    return Array.from({ length: 6 }, (_unused, i) => {
      const x = (2 * next.next().value - 1) * level;
      if (step === 37 || (i === 5 && step < 28)) return 0;
      return spike === 1 ? x : x * (i % 2 ? spike : 1);
    });
  });
}

/** What the optimizer gets of each gradient. */
export function sentBy(
  make: () => GradientStages,
  steps: readonly (readonly number[])[],
  { clipper = createClipper(Infinity), restart = false }: { clipper?: Clipper; restart?: boolean } = {},
): number[][] {
  let current = clipper;
  return steps.map((step) => {
    if (restart) {
      const text = encode(current.state());
      current = createClipper(current.spec().policy as number);
      current.restore(decode(text));
      if (encode(current.state()) !== text) throw new Error('the state has changed');
    }
    const W = Float64Array.from(step);
    clipBuffers({ W }, current, { stages: make() });
    return [...W];
  });
}
