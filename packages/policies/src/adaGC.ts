import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { assertBoolean, assertDecay, assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';
import { blend } from './structures/blend.ts';

const OPTIONS = ['variant', 'scope', 'lambdaRel', 'beta', 'lambdaAbs', 'warmup', 'record', 'guarded'];

/** The three published settings; `warmup` as each of them counts. */
const VARIANTS = {
  paper: { lambdaRel: 1.05, beta: 0.98, warmup: 100, record: 'clipped' },
  megatron: { lambdaRel: 1.04, beta: 0.99, warmup: 100, record: 'clipped' },
  ernie: { lambdaRel: 1.03, beta: 0.98, warmup: 101, record: 'raw' },
} as const;

export type AdaGCOptions = {
  /**
   * Whose settings are the defaults of lambdaRel, beta, warmup and record: 'paper', 'megatron' (the authors' code) or 'ernie'.
   * Default 'megatron'.
   */
  readonly variant?: 'paper' | 'megatron' | 'ernie';
  /** 'tensor', or 'global', the released form with one norm for everything. Default 'tensor'. */
  readonly scope?: 'tensor' | 'global';
  /** The threshold in averages, finite and > 0. Default 1.05, 1.04, 1.03 as the variants are listed. */
  readonly lambdaRel?: number;
  /** The weight the old average keeps, in [0, 1). Default 0.98, 0.99, 0.98. */
  readonly beta?: number;
  /** The global norm that the warm-up clips to, in the unit of the norm, > 0; Infinity is none. Default 1. */
  readonly lambdaAbs?: number;
  /** How many first norms of a key are the warm-up, an integer >= 0. Default 100, 100, 101. */
  readonly warmup?: number;
  /** What of a warm-up norm the smallest is taken of: 'raw', or 'clipped' with the global norm. Default 'clipped', 'clipped', 'raw'. */
  readonly record?: 'raw' | 'clipped';
  /** Whether zeros are not recorded. Default true; false is the published rule. */
  readonly guarded?: boolean;
};

type AdaGCState = {
  /** Norms seen, up to `warmup`. */
  seen: number;
  /** The smallest norm of the warm-up, then the exponential average; Infinity: no norm was recorded yet. */
  gamma: number;
  /** The last threshold; Infinity: none. */
  threshold: number;
};

/**
 * AdaGC: clips each tensor to a multiple of the average of its clipped norms, `threshold = lambdaRel * gamma`, then
 * `gamma = beta * gamma + (1 - beta) * min(norm, threshold)`.
 *
 * First steps: the first `warmup` steps clip the global norm to lambdaAbs, all tensors by one factor, while gamma becomes
 * the SMALLEST norm of the tensor. The code counts the steps of the run; here each key counts its own norms, so that one
 * that comes late has a warm-up, too. Without a warm-up the first norm passes and is gamma.
 * History: norms cut to their own threshold. The current norm counts only for later steps. No forecast during the warm-up
 * per tensor.
 * Traps: one norm of 0 in the warm-up makes gamma 0 for ever, and the tensor never moves again: the first factor of LoRA,
 * whose first gradient is 0. `guarded` leaves zeros out. With `guarded: false` such a tensor is never clipped again, since
 * no threshold is 0. gamma begins at the smallest norm, at most lambdaAbs, and rises at most `beta + (1 - beta) * lambdaRel`
 * times a step, 1.0004 times as released: a small norm in the warm-up, norms far above lambdaAbs, or a lasting rise keep a
 * tensor clipped for thousands of steps. Give lambdaAbs in the unit of your norms. `rewarm` from '@gradclip/core' ends the
 * rest, with `record: 'raw'`, and with `after` above `warmup`, whose clipped steps count as hits.
 * Left out: the sharded form, and the 1e-6 (ERNIE 1e-8) added to norms in factors, which is `epsilon` of the clipper, except
 * in the warm-up per tensor, where it has no counterpart.
 * Source: Wang et al. 2025, https://arxiv.org/abs/2502.11034; https://github.com/lishuai-97/AdaGC; ClipGradByAdaptiveNorm in
 * https://github.com/PaddlePaddle/ERNIE
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * const policy = adaGC({ scope: 'global', lambdaRel: 1.5, beta: 0.5, warmup: 2 });
 * // gamma: min(1, 0.5) = 0.5, then 0.5 * 0.5 + 0.5 * 0.75 = 0.625
 * simulate(policy, [4, 0.5, 9, 9]).map((decision) => decision.normAfter); // [1, 0.5, 0.75, 0.9375]
 */
export function adaGC(options: AdaGCOptions = {}): ClipPolicy {
  assertOptions('adaGC', options, OPTIONS);
  const { variant = 'megatron', scope = 'tensor', lambdaAbs = 1, guarded = true } = options;
  assertOneOf('adaGC', 'variant', variant, Object.keys(VARIANTS));
  const defaults = VARIANTS[variant];
  const { lambdaRel = defaults.lambdaRel, beta = defaults.beta } = options;
  const { warmup = defaults.warmup, record = defaults.record } = options;
  assertOneOf('adaGC', 'scope', scope, ['tensor', 'global']);
  assertPositive('adaGC', 'lambdaRel', lambdaRel);
  assertDecay('adaGC', 'beta', beta);
  assertOption('adaGC', 'lambdaAbs', lambdaAbs, typeof lambdaAbs === 'number' && lambdaAbs > 0, 'a number > 0');
  assertOption('adaGC', 'warmup', warmup, Number.isInteger(warmup) && warmup >= 0, 'an integer >= 0');
  assertOneOf('adaGC', 'record', record, ['raw', 'clipped']);
  assertBoolean('adaGC', 'guarded', guarded);

  const perTensor = scope === 'tensor';
  /** Not 0, which no threshold is. */
  const limitOf = (gamma: number) => Math.max(lambdaRel * gamma, gamma > 0 ? Number.MIN_VALUE : 0);
  /** Also a norm above 0 can be recorded as 0: what the warm-up keeps of it may be less than the smallest number. */
  const records = (kept: number) => !guarded || kept > 0;
  return definePolicy<AdaGCState>({
    name: 'adaGC',
    options: { variant, scope, lambdaRel, beta, lambdaAbs, warmup, record, guarded },
    scope,
    ...(perTensor && { needs: ['globalNorm'] }),
    init: () => ({ seen: 0, gamma: Infinity, threshold: Infinity }),
    decide(state, { norm, globalNorm = norm }) {
      const { seen, gamma } = state;
      if (seen < warmup) {
        const factor = globalNorm > lambdaAbs ? Math.max(lambdaAbs / globalNorm, Number.MIN_VALUE) : 1;
        const kept = record === 'raw' ? norm : norm * factor;
        state.seen = seen + 1;
        if (records(kept)) state.gamma = Math.min(gamma, kept);
        return [warmupBound(factor), state];
      }
      const limit = limitOf(gamma);
      if (records(norm)) state.gamma = gamma === Infinity ? norm : blend(beta, gamma, Math.min(norm, limit));
      state.threshold = limit || Infinity;
      return [state.threshold, state];
    },
    forecast({ seen, gamma }) {
      if (seen >= warmup) return limitOf(gamma) || Infinity;
      return perTensor ? undefined : lambdaAbs;
    },
    explain({ seen, gamma, threshold }) {
      const known = gamma === Infinity ? 'no norm is recorded yet' : `gamma is now ${short(gamma)}`;
      if (threshold < Infinity)
        return `threshold ${short(threshold)} = ${lambdaRel} * the average of clipped norms; ${known}`;
      if (warmup === 0) return `no threshold: no norm was known, or gamma was 0; ${known}`;
      return `no threshold of its own: ${seen} of ${warmup} warm-up norms seen, clipped by the global norm; ${known}`;
    },
  });

  /** One factor for all tensors, so that the direction stays to the bit; with one norm it is a threshold. */
  function warmupBound(factor: number): ClipBound {
    if (!perTensor) return lambdaAbs;
    return factor < 1 ? { factor } : Infinity;
  }
}
