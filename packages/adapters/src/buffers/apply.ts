import type { StepDecision } from '@gradclip/core';
import type { Span } from './columns.ts';
import { isBad, multiply } from './loops.ts';
import type { GradientBuffer } from './set.ts';

/** Whether a decision changes gradients at all. */
export function isChange({ applied, action }: StepDecision): boolean {
  return applied && ['scale', 'clamp', 'zero'].includes(action);
}

/**
 * Bad elements become 0, then factors, then clamps; what has factor 1 and no clamp keeps its bits. Everything is looked
 * up before the first number is written; after that nothing throws.
 * @throws GradclipError UNKNOWN_TENSOR
 */
export function apply(tensors: readonly Pick<Span, 'name' | 'buffer' | 'inner'>[], decision: StepDecision): void {
  const { action, factor: joint } = decision;
  if (action === 'scale' && joint !== undefined) {
    for (const { buffer } of tensors) multiply(buffer, joint);
    return;
  }
  const withZeros = action === 'zero';
  const verdicts = tensors.map(({ name }) => [decision.factors(name), decision.clamps(name)] as const);
  tensors.forEach(({ buffer, inner }, t) => {
    const [factors, clamps] = verdicts[t]!;
    const { length } = buffer;
    const run = factors.length > 1 ? inner : length;
    for (let unit = 0; unit < factors.length; unit++) {
      const factor = factors[unit]!;
      const limit = towardsZero(buffer, clamps[unit]!);
      if (!withZeros && factor === 1 && limit === Infinity) continue;
      for (let from = unit * run; from < length; from += factors.length * run)
        for (let i = from; i < from + run; i++) {
          const x = buffer[i]!;
          const y = withZeros && isBad(x) ? 0 : x * factor;
          buffer[i] = y > limit ? limit : y < -limit ? -limit : y;
        }
    }
  });
}

/** What a buffer can hold next to x > 0, on the side of zero. Bits that are less by one are those of the neighbour. */
export function towardsZero(buffer: GradientBuffer, x: number): number {
  if (x === Infinity) return x;
  const near = buffer.slice(0, 1);
  near[0] = x;
  if (near[0]! > x) new Int32Array(near.buffer)[0]!--;
  return near[0]!;
}
