import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertBoolean, assertNotNegative, assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';
import { logNormTracker } from './structures/logNormTracker.ts';
import type { LogNormTrackerState } from './structures/logNormTracker.ts';
import { slidingMoments } from './structures/slidingMoments.ts';
import type { Moments, SlidingMomentsState } from './structures/slidingMoments.ts';

type DeviationOptions = {
  /** OLMo's rule or Levanter's, with the mean and deviation of a window. Default 'olmo'. */
  readonly variant?: 'olmo' | 'levanter';
  /** What is tested: the norm and the loss, or one of them. With the loss the clipper must be given it. Default 'both'. */
  readonly on?: 'both' | 'norm' | 'loss';
  /** How many standard deviations above the mean a spike begins, finite and > 0. Default 6. */
  readonly sigmaFactor?: number;
  /** How many earlier steps are remembered, an integer >= 2; from half of it on steps are tested. Default 128. */
  readonly window?: number;
  /** Of 'olmo': whether it waits for two earlier values, and a deviation of 0 skips nothing. Default false, as published. */
  readonly guarded?: boolean;
};

type LogOptions = {
  /** The rule of RNMT+, with exponential averages of the logarithm, as in Lingvo. */
  readonly variant: 'rnmt';
  /** As above. Default 4. */
  readonly sigmaFactor?: number;
  /** The weight the old averages keep, in (0, 1). Default 0.995: about 277 steps are only watched. */
  readonly decay?: number;
  /** Norms below this count as this, in the unit of the gradient, finite and >= 0. Default 0.01. */
  readonly lowerCap?: number;
  /** Norms up to this are no spikes, in the unit of the gradient, finite and >= 0. Default 0. */
  readonly capMin?: number;
};

type ConstantOptions = {
  /** Megatron's constant, grad_norm_skip_threshold. */
  readonly variant: 'megatron';
  /** The largest norm that is not skipped, in the unit of the gradient, > 0. Default Infinity, as in Megatron: off. */
  readonly threshold?: number;
};

type LargestOptions = {
  /** What Megatron's rerun machine finds unexpectedly large. */
  readonly variant: 'megatronRerun';
  /** A spike is at least this many times the largest of the first norms, finite and > 0. Default 10. */
  readonly multiple?: number;
  /** How many first norms are only watched, an integer >= 1. Default 100. */
  readonly samples?: number;
};

export type SkipSpikesOptions = DeviationOptions | LogOptions | ConstantOptions | LargestOptions;

const FACTORIES = {
  olmo: deviation,
  levanter: deviation,
  rnmt: logDeviation,
  megatron: constant,
  megatronRerun: largest,
};

/**
 * Skips the optimizer step where the norm, or the loss, is a spike, and clips nothing else:
 *
 * - 'olmo': above `mean + sigmaFactor * std` (sample deviation) of the last `window` values, once `max(2, window / 2) - 1` are known.
 * - 'levanter': the same with the population deviation, at least 1e-6, once `max(2, window / 2)` are known.
 * - 'rnmt': `log(1 + max(n, lowerCap))` above `mean + sigmaFactor * std`, exponential averages of these logarithms, each cut to its
 *   own limit; the averages begin at 0 and are corrected for it, the variance is at least 1e-6. Once their weight is over 3/4.
 * - 'megatron': above `threshold`.
 * - 'megatronRerun': at least `multiple` times the largest of the first `samples` norms.
 *
 * First steps: no step is skipped until so many are known. History: skipped values are recorded like all others, by 'rnmt' cut to
 * the limit; the current value is not among those that it is compared with. No forecast. Bounded state, O(1) amortised.
 * Traps: 'olmo' with a window of 5 or less always skips its second step, because the deviation of one value is not a number; and
 * after equal values any larger one is skipped: `guarded` avoids both. One value that is not finite would skip its own step
 * and the 128 after it; the clipper shows none to a policy. After a lasting rise 'olmo' and 'levanter' skip until their window is wide
 * enough, a few steps; 'rnmt' for 30 to 70 steps, by the rise; the two of Megatron for ever: `rewarm` from
 * '@gradclip/core' around 'megatronRerun' ends that. 'rnmt' tells no norms apart that are below 0.01, and needs Math.log, whose
 * last bit differs between engines: a norm that close to its limit may be skipped on one and not on another. The machine of
 * 'megatronRerun' repeats such a step to find faulty hardware; a largest norm of 0 skips nothing here, there everything.
 * Source: skip_step_optimizer.py, https://github.com/allenai/OLMo-core; skipstep.py, https://github.com/stanford-crfm/levanter;
 * Chen et al. 2018, https://arxiv.org/abs/1804.09849, and GradNormTracker, https://github.com/tensorflow/lingvo; optimizer.py
 * and rerun_state_machine.py, https://github.com/NVIDIA/Megatron-LM
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(skipSpikes({ on: 'norm', window: 8 }), [1, 2, 1, 2, 30]).map((decision) => decision.action); // ['pass', 'pass', 'pass', 'pass', 'skip']
 * simulate(skipSpikes({ variant: 'megatron', threshold: 5 }), [4, 6]).map((decision) => decision.reason); // [undefined, 'norm 6 is above 5']
 */
export function skipSpikes(options: SkipSpikesOptions = {}): ClipPolicy {
  const variant = options?.variant ?? 'olmo';
  assertOneOf('skipSpikes', 'variant', variant, Object.keys(FACTORIES));
  const factory: (some: never) => ClipPolicy = FACTORIES[variant];
  return factory(options as never);
}

type DeviationState = { readonly norms: SlidingMomentsState; readonly losses: SlidingMomentsState };

function deviation(options: DeviationOptions): ClipPolicy<DeviationState> {
  const isOlmo = options?.variant !== 'levanter';
  assertOptions('skipSpikes', options, ['variant', 'on', 'sigmaFactor', 'window', ...(isOlmo ? ['guarded'] : [])]);
  const { variant = 'olmo', on = 'both', sigmaFactor = 6, window = 128, guarded = false } = options;
  assertOneOf('skipSpikes', 'on', on, ['both', 'norm', 'loss']);
  assertPositive('skipSpikes', 'sigmaFactor', sigmaFactor);
  assertOption('skipSpikes', 'window', window, Number.isInteger(window) && window >= 2, 'an integer >= 2');
  assertBoolean('skipSpikes', 'guarded', guarded);

  const half = Math.max(2, Math.floor(window / 2));
  const needed = isOlmo ? Math.max(half - 1, guarded ? 2 : 1) : half;
  const moments = slidingMoments(window);
  const [seesNorms, seesLosses] = [on !== 'loss', on !== 'norm'];
  const stdOf = ({ count, spread }: Moments) =>
    isOlmo ? spread / Math.sqrt(count - 1) : Math.max(spread / Math.sqrt(count), 1e-6);
  const spike = (what: string, value: number, state: SlidingMomentsState) => {
    const known = moments.value(state);
    const std = stdOf(known);
    if (known.count < needed || (guarded && std === 0)) return undefined;
    if (value - known.mean <= sigmaFactor * std) return undefined; // not so where the deviation is NaN
    return `${what} ${short(value)} is above ${short(known.mean)} + ${sigmaFactor} * ${short(std)}`;
  };
  return definePolicy<DeviationState>({
    name: 'skipSpikes',
    options: { variant, on, sigmaFactor, window, ...(isOlmo && { guarded }) },
    ...(seesLosses && { needs: ['loss'] as const }),
    init: () => ({ norms: moments.init(), losses: moments.init() }),
    decide(state, { norm, loss }) {
      const reason =
        (seesLosses ? spike('loss', loss!, state.losses) : undefined) ??
        (seesNorms ? spike('norm', norm, state.norms) : undefined);
      if (seesLosses) moments.record(state.losses, loss!);
      if (seesNorms) moments.record(state.norms, norm);
      return [reason === undefined ? Infinity : { skip: reason }, state];
    },
    explain(state) {
      const known = moments.value(seesNorms ? state.norms : state.losses);
      const std = short(known.count < 2 ? 0 : stdOf(known));
      return `${seesNorms ? 'norms' : 'losses'}: mean ${short(known.mean)}, std ${std} of ${known.count}; ${needed} are needed`;
    },
  });
}

function logDeviation(options: LogOptions): ClipPolicy<LogNormTrackerState> {
  assertOptions('skipSpikes', options, ['variant', 'sigmaFactor', 'decay', 'lowerCap', 'capMin']);
  const { variant, sigmaFactor = 4, decay = 0.995, lowerCap = 0.01, capMin = 0 } = options;
  assertPositive('skipSpikes', 'sigmaFactor', sigmaFactor);
  assertOption('skipSpikes', 'decay', decay, typeof decay === 'number' && decay > 0 && decay < 1, 'in (0, 1)');
  for (const [option, value] of Object.entries({ lowerCap, capMin })) assertNotNegative('skipSpikes', option, value);
  const logs = logNormTracker({ decay, sigmaFactor, lowerCap, capMin });
  return definePolicy<LogNormTrackerState>({
    name: 'skipSpikes',
    options: { variant, sigmaFactor, decay, lowerCap, capMin },
    init: logs.init,
    decide(state, { norm }) {
      const log = logs.logOf(norm);
      const isSpike = logs.isKnown(state) && log > logs.cap(state);
      const limit = () => short(Math.exp(logs.cap(state)) - 1);
      return [isSpike ? { skip: `norm ${short(norm)} is above ${limit()}` } : Infinity, logs.next(state, log)];
    },
    explain(state) {
      if (!logs.isKnown(state)) return `no limit yet: ${short(state.weight)} of the weight is known, 0.75 is needed`;
      return `norms above ${short(Math.exp(logs.cap(state)) - 1)} are skipped`;
    },
  });
}

function constant(options: ConstantOptions): ClipPolicy<null> {
  assertOptions('skipSpikes', options, ['variant', 'threshold']);
  const { variant, threshold = Infinity } = options;
  const isThreshold = typeof threshold === 'number' && threshold > 0;
  assertOption('skipSpikes', 'threshold', threshold, isThreshold, 'a number > 0');
  return {
    name: 'skipSpikes',
    options: { variant, threshold },
    init: () => null,
    decide: (_state, { norm }) => [
      norm > threshold ? { skip: `norm ${short(norm)} is above ${short(threshold)}` } : Infinity,
      null,
    ],
    explain: () => `norms above ${threshold} are skipped`,
  };
}

type LargestState = { readonly seen: number; readonly largest: number };

function largest(options: LargestOptions): ClipPolicy<LargestState> {
  assertOptions('skipSpikes', options, ['variant', 'multiple', 'samples']);
  const { variant, multiple = 10, samples = 100 } = options;
  assertPositive('skipSpikes', 'multiple', multiple);
  assertOption('skipSpikes', 'samples', samples, Number.isInteger(samples) && samples >= 1, 'an integer >= 1');
  return definePolicy<LargestState>({
    name: 'skipSpikes',
    options: { variant, multiple, samples },
    init: () => ({ seen: 0, largest: 0 }),
    decide(state, { norm }) {
      if (state.seen < samples) return [Infinity, { seen: state.seen + 1, largest: Math.max(state.largest, norm) }];
      const isSpike = state.largest > 0 && norm >= multiple * state.largest;
      return [
        isSpike ? { skip: `norm ${short(norm)} is ${multiple} * ${short(state.largest)} or more` } : Infinity,
        state,
      ];
    },
    explain: (state) => `${state.seen} of ${samples} norms watched, the largest was ${short(state.largest)}`,
  });
}
