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
export function apply(
  tensors: readonly Pick<Span, 'name' | 'buffer' | 'length' | 'inner'>[],
  decision: StepDecision,
): void {
  const { action, factor } = decision;
  if (action === 'scale' && factor !== undefined) {
    for (const { buffer } of tensors) multiply(buffer, factor);
    return;
  }
  const verdicts = tensors.map(
    (tensor) => [tensor, decision.factors(tensor.name), decision.clamps(tensor.name)] as const,
  );
  for (const [{ buffer, length, inner }, factors, clamps] of verdicts) {
    const run = factors.length > 1 ? inner : length;
    factors.forEach((own, unit) => {
      const clamp = clamps[unit]!;
      if (action !== 'zero' && own === 1 && clamp === Infinity) return;
      const limit = clamp < Infinity ? towardsZero(buffer, clamp) : clamp;
      for (let from = unit * run; from < length; from += factors.length * run)
        for (let i = from; i < from + run; i++) {
          const x = buffer[i]!;
          const y = action === 'zero' && isBad(x) ? 0 : x * own;
          buffer[i] = y > limit ? limit : y < -limit ? -limit : y;
        }
    });
  }
}

/** What a buffer can hold next to x > 0, on the side of zero. Bits that are less by one are those of the neighbour. */
function towardsZero(buffer: GradientBuffer, x: number): number {
  const near = buffer.slice(0, 1);
  near[0] = x;
  if (near[0]! > x) new Int32Array(near.buffer)[0]!--;
  return near[0]!;
}
