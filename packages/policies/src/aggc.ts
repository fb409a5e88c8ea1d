import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { assertBoolean, assertDecay, assertNotNegative, assertOneOf, assertPositive } from './options.ts';
import { short } from './short.ts';

export type AggcOptions = {
  /** Whose settings are the defaults below: of the released scripts for LoRA, or of the one for GRPO. Default 'lora'. */
  readonly variant?: 'lora' | 'grpo';
  /** The weight the old average keeps, in [0, 1). Default 0.95; 'grpo': 0.99. */
  readonly emaBeta?: number;
  /** The lower bound in averages, early, finite and > 0. Default 0.95; 'grpo': 0.98. */
  readonly lowMult?: number;
  /** The upper bound in averages, early, finite and > 0. Default 0.6; 'grpo': 0.7. */
  readonly highMult?: number;
  /** The lower bound in averages, late, finite and > 0. Default 0.98. */
  readonly lowMultLate?: number;
  /** The upper bound in averages, late, finite and > 0. Default 0.7; 'grpo': 0.999. */
  readonly highMultLate?: number;
  /** How many steps the run has, an integer >= 1; Infinity: not known, and the bounds stay early. Default Infinity. */
  readonly totalSteps?: number;
  /** The share of the run after which the bounds begin to move, in [0, 1]. Default 0.4; 'grpo': 0.6. */
  readonly switchRatio?: number;
  /** The share of the run in which they move, in a straight line, in [0, 1]. Default 0.3; 'grpo': 0.2. */
  readonly transitionRatio?: number;
  /** Whether norms below the lower bound are raised. Default false; 'grpo': true. */
  readonly raiseSmall?: boolean;
  /** The least lower bound, in the unit of the gradient, finite and >= 0. Default 0.01; 'grpo': 0. */
  readonly minNorm?: number;
  /** The largest factor of a raised norm, >= 1; 0: no limit. Default 1.1. */
  readonly maxUpScale?: number;
  /** The smallest factor of a lowered norm, in (0, 1]; 0: no limit. Default 0.9. */
  readonly maxDownScale?: number;
};

/** The exponential average of the norms after clipping. */
type AggcState = { readonly ema: number };

const LORA = {
  emaBeta: 0.95,
  lowMult: 0.95,
  highMult: 0.6,
  lowMultLate: 0.98,
  highMultLate: 0.7,
  switchRatio: 0.4,
  transitionRatio: 0.3,
  raiseSmall: false,
  minNorm: 0.01,
};
const GRPO = {
  emaBeta: 0.99,
  lowMult: 0.98,
  highMult: 0.7,
  lowMultLate: 0.98,
  highMultLate: 0.999,
  switchRatio: 0.6,
  transitionRatio: 0.2,
  raiseSmall: true,
  minNorm: 0,
};
const REST = { totalSteps: Infinity, maxUpScale: 1.1, maxDownScale: 0.9 };
const KNOWN = ['variant', ...Object.keys(LORA), ...Object.keys(REST)];

/**
 * Adaptive group-wise clipping: keeps the norm of a group between `max(minNorm, low * ema)` and `high * ema`. Above, it is
 * multiplied by `max(upper / norm, maxDownScale)`; below, and with `raiseSmall`, by `min(lower / norm, maxUpScale)`.
 * `ema = emaBeta * ema + (1 - emaBeta) * (norm after)` begins at 0, without correction; `low` and `high` go from their early
 * to their late values in a straight line, from `switchRatio * totalSteps` on, for `transitionRatio * totalSteps` steps.
 *
 * First steps: the first norm passes the upper bound. Because the average begins at 0, the bounds start far too low and rise with
 * it. The current norm counts only for later steps. A zero norm is recorded, and stays 0.
 * Forecast: only with `maxDownScale: 0` and without `raiseSmall`; else the norm after is made of the current norm.
 * Traps: with the released settings the upper bound is below the average, so nearly every norm is multiplied by 0.9, and the
 * lower bound, above it, has no effect; under Adam that is close to no change. Keep `maxDownScale` above 0: without it the
 * average rises by the factor `emaBeta + (1 - emaBeta) * high` a step at most, which with high = 1.5 is 100 steps from the start
 * to an ordinary level, `rewarm` or not; and where `high` is below 1 it shrinks with every step, and the gradients with it.
 * The released run of 'grpo' never tells its clipper how long it is, so that its bounds stay early, as with the default here.
 * Source: Li, Wu, Chang 2026, https://arxiv.org/abs/2601.11864, as in https://github.com/ZhiyuanLi218/AGGC (LoRA/scripts,
 * GRPO/my_scripts), where a group is all parameters of one module type (q_proj, down_proj, ...): give the clipper such
 * groups. The epsilons of 1e-12 in its comparisons and 1e-16 in its squared norms are left out.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(aggc({ emaBeta: 0.5 }), [2, 2, 2]).map((decision) => decision.normAfter); // [2, 1.8, 1.8]
 */
export function aggc(options: AggcOptions = {}): ClipPolicy {
  assertOptions('aggc', options, KNOWN);
  const { variant = 'lora' } = options;
  assertOneOf('aggc', 'variant', variant, ['lora', 'grpo']);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all: Required<AggcOptions> = { variant, ...(variant === 'lora' ? LORA : GRPO), ...REST, ...given };
  assertSettings(all);
  const { emaBeta, raiseSmall, minNorm, maxUpScale, maxDownScale } = all;
  const multipliers = schedule(all);
  const upperOf = ({ ema }: AggcState, step: number) => Math.min(ema * multipliers(step).high, Number.MAX_VALUE);

  return definePolicy<AggcState>({
    name: 'aggc',
    options: all,
    init: () => ({ ema: 0 }),
    decide(state, { norm, step }) {
      const upper = upperOf(state, step);
      const lower = Math.max(minNorm, state.ema * multipliers(step).low);
      let after = norm;
      let bound: ClipBound = upper || Infinity;
      if (upper > 0 && norm > upper) {
        after = Math.max(upper, maxDownScale * norm);
        if (maxDownScale > 0) bound = { threshold: upper, target: after };
      } else if (raiseSmall && norm > 0 && norm < lower) {
        const factor = Math.min(lower / norm, maxUpScale || Infinity, Number.MAX_VALUE);
        after = norm * factor;
        bound = { factor };
      }
      return [bound, { ema: emaBeta * state.ema + (1 - emaBeta) * after }];
    },
    ...(!raiseSmall &&
      maxDownScale === 0 && {
        forecast: (state: AggcState, { step }: { step: number }) => upperOf(state, step) || Infinity,
      }),
    explain: ({ ema }) => `average of the norms after clipping ${short(ema)}; the bounds are multiples of it`,
  });
}

/** Of the average, at a step. */
function schedule({ totalSteps, switchRatio, transitionRatio, ...all }: Required<AggcOptions>) {
  const early = { low: all.lowMult, high: all.highMult };
  const late = { low: all.lowMultLate, high: all.highMultLate };
  const width = Math.max(1e-6, transitionRatio);
  return (step: number): { readonly low: number; readonly high: number } => {
    const progress = Math.min(step / totalSteps, 1);
    if (progress <= switchRatio) return early;
    if (progress >= switchRatio + width) return late;
    const share = (progress - switchRatio) / width;
    const between = (from: number, to: number) => from * (1 - share) + to * share;
    return { low: between(early.low, late.low), high: between(early.high, late.high) };
  };
}

function assertSettings(all: Required<AggcOptions>): void {
  const { emaBeta, totalSteps, raiseSmall, minNorm, maxUpScale, maxDownScale } = all;
  assertDecay('aggc', 'emaBeta', emaBeta);
  for (const option of ['lowMult', 'highMult', 'lowMultLate', 'highMultLate'] as const)
    assertPositive('aggc', option, all[option]);
  const isCount = totalSteps === Infinity || (Number.isInteger(totalSteps) && totalSteps >= 1);
  assertOption('aggc', 'totalSteps', totalSteps, isCount, 'an integer >= 1 or Infinity');
  for (const option of ['switchRatio', 'transitionRatio'] as const) {
    const value = all[option];
    assertOption('aggc', option, value, typeof value === 'number' && value >= 0 && value <= 1, 'in [0, 1]');
  }
  assertBoolean('aggc', 'raiseSmall', raiseSmall);
  assertNotNegative('aggc', 'minNorm', minNorm);
  const isUp = maxUpScale === 0 || (typeof maxUpScale === 'number' && maxUpScale >= 1);
  assertOption('aggc', 'maxUpScale', maxUpScale, isUp, '0 or a number >= 1');
  const isDown = typeof maxDownScale === 'number' && maxDownScale >= 0 && maxDownScale <= 1;
  assertOption('aggc', 'maxDownScale', maxDownScale, isDown, 'in [0, 1]');
}
