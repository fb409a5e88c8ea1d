import type { ClipBound } from '@gradclip/core';

/**
 * The bound of a rule with a trigger and a landing point of its own, under a `cap` that no norm may exceed. A norm above
 * `trigger` lands at `target`, or at the cap where that is lower; any other one only meets the cap, where the combinator
 * `cap` would take it to `target`. Where the answer depends on the norm and none is given, undefined: there is no forecast.
 */
export function landing(trigger: number, target: number, cap: number, norm?: number): ClipBound | undefined {
  if (trigger <= cap) return target === trigger ? trigger : { threshold: trigger, target: Math.min(target, cap) };
  if (target >= cap) return cap;
  if (norm === undefined) return undefined;
  return norm > trigger ? { threshold: cap, target } : cap;
}
