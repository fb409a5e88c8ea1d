import { assertOptions } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { assertNotNegative, assertPositive } from './options.ts';

export type AutoSOptions = {
  /** The stability constant added to the norm, in the unit of the gradient, finite and >= 0; 0 is AUTO-V. Default 0.01. */
  readonly gamma?: number;
  /** The norm that no gradient exceeds, R in the paper, in the unit of the gradient, finite and > 0. Default 1. */
  readonly maxNorm?: number;
};

/**
 * Automatic clipping: `factor = maxNorm / (norm + gamma)`, which keeps the order of small norms and normalises large ones.
 *
 * First steps: as every other. History: nothing is recorded. The factor is made of the current norm: no forecast. A zero
 * norm stays 0, and a factor beyond the largest double is that number.
 * Traps: it was made for the gradients of single samples, before noise for privacy is added; here it acts on the norm of each
 * key, so give it the gradient of one sample, or read it as `normalize`. It raises gradients: with the defaults a norm of
 * 0.01 becomes 0.5. Norms far below gamma are multiplied by maxNorm / gamma, 100 by default. With `gamma: 0` all
 * gradients have the norm maxNorm, and the paper's "lazy region" appears: opposite samples cancel whatever their size.
 * Source: AUTO-S and AUTO-V, Bu, Wang, Zha, Karypis 2022, https://arxiv.org/abs/2206.07136; defaults as in
 * https://github.com/awslabs/fast-differential-privacy. The learning rate absorbs maxNorm where nothing else depends on it.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(autoS({ gamma: 1 }), [0, 1, 3]).map((decision) => decision.normAfter); // [0, 0.5, 0.75]
 */
export function autoS(options: AutoSOptions = {}): ClipPolicy<null> {
  assertOptions('autoS', options, ['gamma', 'maxNorm']);
  const { gamma = 0.01, maxNorm = 1 } = options;
  assertNotNegative('autoS', 'gamma', gamma);
  assertPositive('autoS', 'maxNorm', maxNorm);
  const factorOf = (norm: number) => asPositive(maxNorm / (norm + gamma));
  return {
    name: 'autoS',
    options: { gamma, maxNorm },
    init: () => null,
    decide: (_state, { norm }): [ClipBound, null] => [norm > 0 ? { factor: factorOf(norm) } : Infinity, null],
    explain: () => `every norm n is multiplied by ${maxNorm} / (n + ${gamma})`,
  };
}
