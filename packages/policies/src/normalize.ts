import { assertOptions } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { assertNotNegative, assertPositive } from './options.ts';

export type NormalizeOptions = {
  /** The norm that every gradient is given, in the unit of the gradient, finite and > 0. Default 1. */
  readonly target?: number;
  /** Added to the norm that is divided by, in the unit of the gradient, finite and >= 0. Default 0. */
  readonly epsilon?: number;
};

/**
 * Gives every gradient the same norm, larger or smaller: `factor = target / (norm + epsilon)`, normalised gradient descent.
 *
 * First steps: as every other. History: nothing is recorded. The factor is made of the current norm: no forecast. A zero
 * norm stays 0, and a factor beyond the largest double is that number.
 * Traps: it raises small gradients. With `epsilon: 0` a step near a minimum is as long as any other, and noise of 1e-12
 * becomes a full step: choose an `epsilon` of the size of the norms that no longer matter, or lower the learning rate. Under
 * Adam, which divides by the scale of the gradient itself, it has little effect. Every step counts as a hit, so that
 * `rewarm` has no use around it.
 * Source: Hazan, Levy, Shalev-Shwartz 2015, https://arxiv.org/abs/1507.02030 (epsilon 0); with epsilon as beta: Zhang, He,
 * Sra, Jadbabaie 2019, https://arxiv.org/abs/1905.11881
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(normalize({ target: 2 }), [0, 0.5, 8]).map((decision) => decision.normAfter); // [0, 2, 2]
 * simulate(normalize({ epsilon: 1 }), [1, 3]).map((decision) => decision.factor); // [0.5, 0.25]
 */
export function normalize(options: NormalizeOptions = {}): ClipPolicy<null> {
  assertOptions('normalize', options, ['target', 'epsilon']);
  const { target = 1, epsilon = 0 } = options;
  assertPositive('normalize', 'target', target);
  assertNotNegative('normalize', 'epsilon', epsilon);
  const factorOf = (norm: number) => asPositive(target / (norm + epsilon));
  return {
    name: 'normalize',
    options: { target, epsilon },
    init: () => null,
    decide: (_state, { norm }): [ClipBound, null] => [norm > 0 ? { factor: factorOf(norm) } : Infinity, null],
    explain: () => `every norm n is multiplied by ${target} / (n + ${epsilon})`,
  };
}
