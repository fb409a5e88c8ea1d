import { assertOptions } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { assertPositive } from './options.ts';

export type PsacOptions = {
  /** How far small norms are kept from being raised, in the unit of the gradient, finite and > 0. Default 0.1. */
  readonly r?: number;
  /** The norm that no gradient exceeds, C in the paper, in the unit of the gradient, finite and > 0. Default 1. */
  readonly maxNorm?: number;
};

/**
 * Per-sample adaptive clipping: `factor = maxNorm / (norm + r / (norm + r))`, whose weight is no longer monotonic: it is
 * nearly maxNorm for tiny norms, largest at `norm = sqrt(r) - r` for r < 1, and falls like maxNorm / norm for large ones.
 *
 * First steps: as every other. History: nothing is recorded. The factor is made of the current norm: no forecast. A zero
 * norm stays 0.
 * Traps: it was made for the gradients of single samples, before noise for privacy is added; here it acts on the norm of each
 * key. The formula is not free of scale: r is measured against norms of about 1. With the defaults a norm of 0.2 is
 * multiplied by 1.9. `autoS` with gamma 0.01 would multiply a norm of 0.001 by 91, this rule by 1.01.
 * Source: DP-PSAC, Xia et al., AAAI 2023, https://arxiv.org/abs/2212.00328. No official code was found; other
 * implementations use r = 0.1 and 0.01. Only the scaling is done, not the noise.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(psac({ r: 1 }), [0, 1, 3]).map((decision) => decision.factor); // [1, 1 / 1.5, 1 / 3.25]
 */
export function psac(options: PsacOptions = {}): ClipPolicy<null> {
  assertOptions('psac', options, ['r', 'maxNorm']);
  const { r = 0.1, maxNorm = 1 } = options;
  assertPositive('psac', 'r', r);
  assertPositive('psac', 'maxNorm', maxNorm);
  const factorOf = (norm: number) => asPositive(maxNorm / (norm + r / (norm + r)));
  return {
    name: 'psac',
    options: { r, maxNorm },
    init: () => null,
    decide: (_state, { norm }): [ClipBound, null] => [norm > 0 ? { factor: factorOf(norm) } : Infinity, null],
    explain: () => `every norm n is multiplied by ${maxNorm} / (n + ${r} / (n + ${r}))`,
  };
}
