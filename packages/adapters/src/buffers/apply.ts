import type { StepDecision } from '@gradclip/core';
import { isBad } from './loops.ts';
import type { Tensor } from './set.ts';

/** Whether a decision changes gradients at all. */
export function isChange({ applied, action }: StepDecision): boolean {
  return applied && ['scale', 'clamp', 'zero'].includes(action);
}

/** Bad elements become 0, then factors, then clamps; what has factor 1 and no clamp keeps its bits. Nothing here throws. */
export function applyAll(spans: readonly (Tensor & { inner: number })[], decision: StepDecision): void {
  const withZeros = decision.action === 'zero';
  const verdicts = spans.map(({ name }) => [decision.factors(name), decision.clamps(name)] as const);
  spans.forEach(({ buffer, length, inner }, t) => {
    const [factors, clamps] = verdicts[t]!;
    const run = factors.length > 1 ? inner : length;
    factors.forEach((factor, unit) => {
      const limit = buffer.BYTES_PER_ELEMENT === 4 ? towardsZero(clamps[unit]!) : clamps[unit]!;
      if (!withZeros && factor === 1 && limit === Infinity) return;
      for (let from = unit * run; from < length; from += run * factors.length)
        for (let i = from; i < from + run; i++) {
          const x = buffer[i]!;
          const y = withZeros && isBad(x) ? 0 : x * factor;
          buffer[i] = y > limit ? limit : y < -limit ? -limit : y;
        }
    });
  });
}

/** The float32 number next to x > 0, on the side of zero: its bits are one less than those of the next. */
function towardsZero(x: number): number {
  const near = Float32Array.of(x);
  if (near[0]! > x) new Int32Array(near.buffer)[0]!--;
  return near[0]!;
}
