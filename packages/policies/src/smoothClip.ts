import { assertOptions } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertPositive } from './options.ts';

export type SmoothClipOptions = {
  /** The norm that no gradient exceeds, and of which half is left at `norm = tau`; in the unit of the gradient, finite and > 0. Default 1. */
  readonly tau?: number;
};

/**
 * Clips without a corner: `factor = tau / (tau + norm)`, so that the norm after is `norm * tau / (tau + norm) < tau`.
 *
 * First steps: as every other. History: nothing is recorded. The factor is made of the current norm: no forecast.
 * It lies between half of the factor of clipping at tau, `min(1, tau / norm)`, and all of it. A zero norm stays 0.
 * Traps: every gradient is made smaller, tiny ones by next to nothing; so every step counts as a hit, the clip rate is 1,
 * and `rewarm` has no use around it. Where the norms are far above tau, it is `normalize`.
 * Source: Zhang, He, Sra, Jadbabaie 2019, https://arxiv.org/abs/1905.11881, where normalised gradient descent with
 * `eta / (norm + beta)` is this rule with `tau = beta` and learning rate `eta / beta`.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(smoothClip({ tau: 2 }), [0, 2, 6]).map((decision) => decision.normAfter); // [0, 1, 1.5]
 */
export function smoothClip(options: SmoothClipOptions = {}): ClipPolicy<null> {
  assertOptions('smoothClip', options, ['tau']);
  const { tau = 1 } = options;
  assertPositive('smoothClip', 'tau', tau);
  return {
    name: 'smoothClip',
    options: { tau },
    init: () => null,
    // Not tau / (tau + norm), whose sum may leave the range of numbers.
    decide: (_state, { norm }) => [{ factor: 1 / (1 + norm / tau) || Number.MIN_VALUE }, null],
    explain: () => `every norm n is multiplied by 1 / (1 + n / ${tau})`,
  };
}
