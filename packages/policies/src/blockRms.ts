import { assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertPositive } from './options.ts';
import { short } from './short.ts';

export type BlockRmsOptions = {
  /** The largest root mean square of the elements that passes unchanged, finite and > 0. Default 1, Adafactor's. */
  readonly threshold?: number;
};

/** Elements of the last gradient; 0: none was seen. */
type BlockRmsState = { readonly size: number };

/**
 * Clips the root mean square of each tensor: `g / max(1, RMS(g) / threshold)`, which bounds its norm by
 * `threshold * sqrt(size)`, with `size` the number of its elements.
 *
 * First steps: as every other; the forecast begins after the first norm of a tensor, with the size it had then.
 * History: nothing is recorded; the bound does not depend on the current norm.
 * Traps: the default of 1 is Adafactor's, for updates that were divided by their own scale. Raw gradients have elements far
 * below 1, and there it never acts: choose the threshold by the size of your gradients. The norm must be L2, the
 * clipper's default; of another order it is no root mean square.
 * Source: optax.clip_by_block_rms, https://optax.readthedocs.io/en/latest/api/transformations.html#optax.clip_by_block_rms,
 * where a block is a weight vector or matrix: the policy runs per tensor. It is the update clipping of Adafactor, Shazeer
 * and Stern 2018, section 6, https://arxiv.org/abs/1804.04235, here on gradients.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = blockRms({ threshold: 0.5 });
 * policy.decide(policy.init('w'), { step: 0, key: 'w', norm: 9, size: 16 })[0]; // 2
 */
export function blockRms(options: BlockRmsOptions = {}): ClipPolicy {
  assertOptions('blockRms', options, ['threshold']);
  const { threshold = 1 } = options;
  assertPositive('blockRms', 'threshold', threshold);
  return definePolicy<BlockRmsState>({
    name: 'blockRms',
    options: { threshold },
    scope: 'tensor',
    init: () => ({ size: 0 }),
    decide: (_state, { size }) => [threshold * Math.sqrt(size) || Infinity, { size }],
    forecast: ({ size }) => (size > 0 ? threshold * Math.sqrt(size) : undefined),
    explain: ({ size }) =>
      size === 0
        ? 'no threshold: no gradient was seen'
        : `threshold ${short(threshold * Math.sqrt(size))} = ${threshold} * sqrt(${size} elements)`,
  });
}
