import type { StepDecision } from '@gradclip/core';
import type { Tensor } from './set.ts';
import type { Span } from './shape.ts';

/** What a decision says about one tensor: a number each, or one for every unit. */
export interface Verdict {
  readonly factors: Float64Array;
  readonly clamps: Float64Array;
}

/** Whether a decision changes gradients at all. */
export function isChange({ applied, action }: StepDecision): boolean {
  return applied && (action === 'scale' || action === 'clamp' || action === 'zero');
}

/**
 * Looks everything up before the first number is written.
 * @throws GradclipError UNKNOWN_TENSOR
 */
export function verdictsOf(tensors: readonly Tensor[], decision: StepDecision): readonly Verdict[] {
  return tensors.map(({ name }) => ({ factors: decision.factors(name), clamps: decision.clamps(name) }));
}

/** Multiplies all tensors by one number, in float64. */
export function scaleAll(spans: readonly Span[], factor: number): void {
  for (let i = 0; i < spans.length; i++) {
    const { buffer, wide } = spans[i]!;
    if (wide) scale64(buffer as Float64Array, factor);
    else scale32(buffer as Float32Array, factor);
  }
}

// Written out for each kind of array: a loop that has met both kinds runs at half the speed.

function scale32(a: Float32Array, factor: number): void {
  const { length } = a;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a[i]! *= factor;
    a[i + 1]! *= factor;
    a[i + 2]! *= factor;
    a[i + 3]! *= factor;
  }
  for (; i < length; i++) a[i]! *= factor;
}

function scale64(a: Float64Array, factor: number): void {
  const { length } = a;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a[i]! *= factor;
    a[i + 1]! *= factor;
    a[i + 2]! *= factor;
    a[i + 3]! *= factor;
  }
  for (; i < length; i++) a[i]! *= factor;
}

/** Bad elements become 0, then factors, then clamps; what has factor 1 and no clamp keeps its bits. Nothing here throws. */
export function applyAll(spans: readonly Span[], verdicts: readonly Verdict[], withZeros: boolean): void {
  spans.forEach(({ buffer, wide, units, inner }, t) => {
    const { factors, clamps } = verdicts[t]!;
    for (let i = 0, unit = 0; i < buffer.length; unit = unit + 1 < units ? unit + 1 : 0) {
      const factor = factors.length > 1 ? factors[unit]! : factors[0]!;
      const clamp = clamps.length > 1 ? clamps[unit]! : clamps[0]!;
      const limit = wide ? clamp : towardsZero(clamp);
      const isIdentity = !withZeros && factor === 1 && clamp === Infinity;
      for (const end = i + inner; i < end; i++) {
        if (isIdentity) continue;
        const x = buffer[i]!;
        const y = withZeros && !(Math.abs(x) < Infinity) ? 0 : x * factor;
        buffer[i] = y > limit ? limit : y < -limit ? -limit : y;
      }
    }
  });
}

const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** The float32 number next to x > 0, on the side of zero. */
function towardsZero(x: number): number {
  if (x === Infinity) return x;
  const near = Math.fround(Math.min(x, MAX_FLOAT32));
  return near > x ? Math.fround(near - Math.max(near * 2 ** -24, 2 ** -149)) : near;
}
