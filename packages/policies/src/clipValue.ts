import { assertOptions } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertPositive } from './options.ts';

export type ClipValueOptions = {
  /** The largest magnitude of an element, in the unit of the gradient, finite and > 0. No default, as in Keras and PyTorch. */
  readonly value: number;
};

/**
 * Clamps every element: `g_i = min(max(g_i, -value), value)`.
 *
 * First steps: as every other. History: nothing is recorded; the bound does not depend on the current norm, so there is a
 * forecast.
 * Traps: it changes the direction of the gradient, unlike every rule that scales. The norm after is not known before it is
 * measured (NaN in decisions), so `smallest`, `largest` and `cap` from '@gradclip/core' do not combine with it. Where no
 * element is that large the gradient is untouched, to the bit.
 * Source: Mikolov's thesis of 2012 clipped so, see Pascanu et al. 2013, section 3.2, https://arxiv.org/abs/1211.5063; it is
 * `clipvalue` of Keras and torch.nn.utils.clip_grad_value_,
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = clipValue({ value: 0.5 });
 * policy.decide(null, { step: 0, key: 'w', norm: 9, size: 4, maxAbs: 8 })[0]; // { clamp: 0.5 }
 */
export function clipValue(options: ClipValueOptions): ClipPolicy<null> {
  assertOptions('clipValue', options, ['value']);
  const { value } = options;
  assertPositive('clipValue', 'value', value);
  return {
    name: 'clipValue',
    options: { value },
    needs: ['maxAbs'],
    init: () => null,
    decide: () => [{ clamp: value }, null],
    forecast: () => ({ clamp: value }),
    explain: () => `every element clamped to [-${value}, ${value}]`,
  };
}
