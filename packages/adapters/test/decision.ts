import type { ClipAction, StepDecision } from '@gradclip/core';

/** A decision made by hand: factors and clamps by tensor; tensors it does not name are unknown to it. */
export function decisionOf(
  action: ClipAction,
  factors: Readonly<Record<string, readonly number[]>>,
  clamps: Readonly<Record<string, readonly number[]>> = {},
  applied: boolean = true,
): StepDecision {
  return {
    step: 7,
    action,
    proceed: action !== 'skip' && action !== 'halt',
    applied,
    norm: NaN,
    normAfter: NaN,
    decisions: [],
    factors(name) {
      const own = factors[name];
      if (!own) throw new RangeError(`no tensor ${name}`);
      return Float64Array.from(own);
    },
    clamps: (name) => Float64Array.from(clamps[name] ?? factors[name]!.map(() => Infinity)),
  };
}
