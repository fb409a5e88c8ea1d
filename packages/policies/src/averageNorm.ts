import { assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertPositive } from './options.ts';
import { short } from './short.ts';

export type AverageNormOptions = {
  /** The largest average norm, norm / number of elements, that passes unchanged, finite and > 0. No default, as in TensorFlow. */
  readonly clipNorm: number;
};

/** Elements of the last gradient; 0: none was seen. */
type AverageNormState = { readonly size: number };

/**
 * Clips each tensor to an average norm: `threshold = clipNorm * size`, with `size` the number of its elements.
 *
 * First steps: as every other; the forecast begins after the first norm of a tensor, with the size it had then.
 * History: nothing is recorded; the bound does not depend on the current norm.
 * Traps: the average norm is norm / size, not the root mean square norm / sqrt(size); `blockRms` is about that. A large
 * tensor may therefore have large elements: a threshold in proportion to its size is rarely reached.
 * Source: TensorFlow's clip_by_average_norm, now in compat.v1 only, https://www.tensorflow.org/api_docs/python/tf/compat/v1/clip_by_average_norm.
 * It is defined per tensor, and so is the scope of the policy; its norm is L2, the clipper's default.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = averageNorm({ clipNorm: 0.5 });
 * policy.decide(policy.init('w'), { step: 0, key: 'w', norm: 9, size: 4 })[0]; // 2
 */
export function averageNorm(options: AverageNormOptions): ClipPolicy {
  assertOptions('averageNorm', options, ['clipNorm']);
  const { clipNorm } = options;
  assertPositive('averageNorm', 'clipNorm', clipNorm);
  return definePolicy<AverageNormState>({
    name: 'averageNorm',
    options: { clipNorm },
    scope: 'tensor',
    init: () => ({ size: 0 }),
    decide: (_state, { size }) => [clipNorm * size || Infinity, { size }],
    forecast: ({ size }) => (size > 0 ? clipNorm * size : undefined),
    explain: ({ size }) =>
      size === 0
        ? 'no threshold: no gradient was seen'
        : `threshold ${short(clipNorm * size)} = ${clipNorm} * ${size} elements`,
  });
}
