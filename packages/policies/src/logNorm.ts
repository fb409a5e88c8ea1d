import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { asPositive } from './asPositive.ts';
import { landing } from './landing.ts';
import { assertBoolean, assertDecay, assertPositive } from './options.ts';
import { short } from './short.ts';

const OPTIONS = ['stdFactor', 'decay', 'globalStep', 'staticMaxNorm', 'epsilon'];

export type LogNormOptions = {
  /** How many deviations of the log norm above its mean a norm is clipped, finite and > 0. Default 2. */
  readonly stdFactor?: number;
  /** The weight that the averages keep, in [0, 1). Default 0.95. */
  readonly decay?: number;
  /** Whether step t counts with a decay of at most t / (t + 1), which makes plain averages of the first norms. Default false. */
  readonly globalStep?: boolean;
  /** A norm that is never exceeded, in the unit of the norm, > 0; Infinity is none. Default Infinity. */
  readonly staticMaxNorm?: number;
  /** Added to the norm before the logarithm, and the least variance of it; finite and > 0. Default 1e-8. */
  readonly epsilon?: number;
};

type LogNormState = {
  /** Norms seen, as far as the decay depends on it. */
  seen: number;
  /** The averages of the log norm and of its square. */
  mean: number;
  square: number;
  /** The last trigger and landing point. */
  trigger: number;
  target: number;
};

/**
 * Clips outliers of the logarithm: a norm above `exp(m + stdFactor * s)` lands at `exp(m)`, where m and s are moving mean
 * and standard deviation of log(norm).
 *
 * First steps: both averages start at 0, that is at a norm of 1, and take some 1 / (1 - decay) steps to forget it: gradients
 * of another scale are cut hard, or not at all, until then. `globalStep: true` avoids that, and the first norm passes.
 * History: every norm as it was, the current one included, so that there is no forecast and a lasting change of level is
 * followed within some 1 / (1 - decay) steps.
 * Traps: a norm of 0 counts as epsilon, 1e-8, which widens the deviation for a while: nothing is clipped then. A single
 * spike takes part in its own trigger: with `globalStep` hardly any norm is above it in the first ten steps.
 * The code clips at the trigger, too; here a norm equal to it passes. Math.log and Math.exp may differ between engines in
 * the last bit, and so may thresholds.
 * Source: Chorowski, Bahdanau, Cho, Bengio 2014, section 3.2.1, https://arxiv.org/abs/1412.1602, as adaptive_clipping_fn of
 * tf.contrib.layers,
 * https://github.com/tensorflow/tensorflow/blob/r1.15/tensorflow/contrib/layers/python/layers/optimizers.py
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const norms = [...Array(40).fill(2), 200];
 * const last = simulate(logNorm({ globalStep: true }), norms).at(-1);
 * // m = log(2) + 0.05 * log(100), the deviation is sqrt(0.05 * 0.95) * log(100)
 * last.normAfter.toFixed(4); // '2.5179'
 * last.threshold.toFixed(3); // '18.742'
 */
export function logNorm(options: LogNormOptions = {}): ClipPolicy {
  assertOptions('logNorm', options, OPTIONS);
  const { stdFactor = 2, decay = 0.95, globalStep = false, staticMaxNorm = Infinity, epsilon = 1e-8 } = options;
  assertPositive('logNorm', 'stdFactor', stdFactor);
  assertDecay('logNorm', 'decay', decay);
  assertBoolean('logNorm', 'globalStep', globalStep);
  const isCap = typeof staticMaxNorm === 'number' && staticMaxNorm > 0;
  assertOption('logNorm', 'staticMaxNorm', staticMaxNorm, isCap, 'a number > 0');
  assertPositive('logNorm', 'epsilon', epsilon);

  return definePolicy<LogNormState>({
    name: 'logNorm',
    options: { stdFactor, decay, globalStep, staticMaxNorm, epsilon },
    init: () => ({ seen: 0, mean: 0, square: 0, trigger: Infinity, target: Infinity }),
    decide(state, { norm }) {
      const { seen } = state;
      const early = globalStep && seen / (seen + 1) < decay;
      const weight = early ? seen / (seen + 1) : decay;
      const log = Math.log(norm + epsilon);
      state.mean = weight * state.mean + (1 - weight) * log;
      state.square = weight * state.square + (1 - weight) * log * log;
      const deviation = Math.sqrt(Math.max(epsilon, state.square - state.mean * state.mean));
      state.trigger = Math.max(Math.exp(state.mean + stdFactor * deviation), Number.MIN_VALUE);
      state.target = asPositive(Math.exp(state.mean));
      if (early) state.seen = seen + 1;
      return [landing(state.trigger, state.target, staticMaxNorm, norm)!, state];
    },
    explain({ trigger, target }) {
      const cap = staticMaxNorm === Infinity ? '' : `; no norm above ${short(staticMaxNorm)} passes`;
      if (target === Infinity) return `no trigger: no norm was known${cap}`;
      return `norms above ${short(trigger)} = exp(mean + ${stdFactor} deviations of the log norm) land at ${short(target)}${cap}`;
    },
  });
}
