import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertPositive } from './options.ts';

export type AgcOptions = {
  /** The largest norm in norms of the unit's weights, finite and > 0. Default 0.01, for batches of 1,024 to 4,096; up to 0.16 for smaller ones. */
  readonly lambda?: number;
  /** What a norm of weights counts at least, in the unit of the weights, finite and > 0. Default 1e-3. */
  readonly eps?: number;
  /** Beginnings of the names of tensors that are not clipped: the last linear layer, says the paper. Default none. */
  readonly exclude?: readonly string[];
};

/** Whether the key is excluded. */
type AgcState = boolean;

/**
 * AGC, adaptive gradient clipping: clips each unit to a share of its weights, `threshold = lambda * max(weightNorm, eps)`.
 *
 * First steps: as all others, nothing is recorded; the current norm does not count. No forecast, since weights move.
 * Runs per unit and needs the weights: units lie along the last axis of a kernel (`unitAxis` of the adapter), scalars and
 * vectors are one unit. Gains and biases are clipped, too.
 * Traps: the last linear layer must be left out, by `exclude` or by a group of its own. Without a floor `eps`, units whose
 * weights start at 0 would never move. Ports that take the norm along the input axis bound other units than the paper's.
 * Left out: the floor of 1e-6 under the gradient's norm in the factor, which only acts where lambda * eps is below 1e-6.
 * Source: Brock, De, Smith, Simonyan 2021, https://arxiv.org/abs/2102.06171, and nfnets in
 * https://github.com/google-deepmind/deepmind-research; small batches: MosaicML Composer
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = agc({ lambda: 0.5, exclude: ['head/'] });
 * const unit = { step: 0, key: 'dense/kernel#0', norm: 3, size: 8, weightNorm: 4 };
 * policy.decide(policy.init('dense/kernel#0'), unit)[0]; // 2
 * policy.decide(policy.init('head/kernel#0'), unit)[0]; // Infinity
 */
export function agc(options: AgcOptions = {}): ClipPolicy {
  assertOptions('agc', options, ['lambda', 'eps', 'exclude']);
  const { lambda = 0.01, eps = 1e-3, exclude = [] } = options;
  assertPositive('agc', 'lambda', lambda);
  assertPositive('agc', 'eps', eps);
  const isList = Array.isArray(exclude) && exclude.every((name) => typeof name === 'string' && name !== '');
  assertOption('agc', 'exclude', exclude, isList, 'a list of texts that are not empty');

  return definePolicy<AgcState>({
    name: 'agc',
    options: { lambda, eps, exclude: [...exclude] },
    scope: 'unit',
    needs: ['weightNorm'],
    init: (key) => exclude.some((name) => key.startsWith(name)),
    decide: (excluded, { weightNorm }) => [
      excluded ? Infinity : Math.max(lambda * Math.max(weightNorm!, eps), Number.MIN_VALUE),
      excluded,
    ],
    explain: (excluded) =>
      excluded ? 'excluded: never clipped' : `threshold = ${lambda} * the norm of the unit's weights, at least ${eps}`,
  });
}
