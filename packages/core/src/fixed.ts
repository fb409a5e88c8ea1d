import { invalidOption } from './errors.ts';
import type { ClipPolicy } from './policy.ts';

/**
 * Clips to a constant: `threshold`.
 *
 * First steps: as every other. Nothing is recorded; the bound does not depend on the current norm.
 * Source: Pascanu, Mikolov, Bengio 2013, https://arxiv.org/abs/1211.5063
 *
 * @param threshold Largest norm that passes unchanged, in the unit of the gradient, > 0; Infinity does not clip. Default 1.
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(fixed(1), [0.5, 4]).map((decision) => decision.factor); // [1, 0.25]
 */
export function fixed(threshold: number = 1): ClipPolicy<null> {
  if (typeof threshold !== 'number' || !(threshold > 0))
    throw invalidOption('fixed(threshold)', 'fixed', 'threshold', threshold, 'a number > 0');
  return {
    name: 'fixed',
    options: { threshold },
    init: () => null,
    decide: () => [threshold, null],
    forecast: () => threshold,
    explain: () => `a constant threshold of ${threshold}`,
  };
}
