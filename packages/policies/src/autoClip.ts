import { assertOption, assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { assertOneOf } from './options.ts';
import { percentile } from './percentile.ts';
import type { PercentileState } from './percentile.ts';
import { INTERPOLATIONS, quantileOf } from './structures/quantile.ts';
import type { Interpolation } from './structures/quantile.ts';
import { withNorm } from './structures/ranked.ts';
import type { Ranked } from './structures/ranked.ts';

const OPTIONS = ['p', 'variant', 'window', 'interpolation'];

export type AutoClipOptions = {
  /** Which percentile of the norms is the threshold, 0 to 100: 100 - p percent of the steps are clipped. Default 10, the paper's advice. */
  readonly p?: number;
  /** 'paper', which is also the repository's PyTorch code, or 'tensorflow', its port to TensorFlow. Default 'paper'. */
  readonly variant?: 'paper' | 'tensorflow';
  /** How many norms it is taken of, an integer >= 1; Infinity keeps every norm, 8 bytes each. Default Infinity; 'tensorflow': 10,000. */
  readonly window?: number;
  /**
   * Between two norms, as NumPy's `method`. Default 'linear'; 'tensorflow': 'nearest', which there takes the even rank counted
   * from the largest norm where two are as near.
   */
  readonly interpolation?: Interpolation;
};

/**
 * AutoClip: clips to a percentile of all norms so far, `threshold = percentile(p, norms up to and including this one)`.
 *
 * First steps: no warm-up. The first norm is its own threshold and passes.
 * History: every norm as it was before clipping, the current one included, so that there is no forecast. A percentile of 0
 * does not clip (the code makes zeros of the gradient).
 * Traps: the whole history forgets nothing. After a lasting rise most steps are clipped to the old level, until the old
 * norms are less than p percent of all; give a `window`, or put `rewarm` from '@gradclip/core' around it. Memory grows by 8
 * bytes a step without a window. With p = 10 nine steps in ten are clipped: that is a normaliser rather than a guard against
 * spikes.
 * 'tensorflow' compares the norm of EACH tensor with the percentile of the GLOBAL norm, as that port does, which rarely
 * clips anything; it runs per tensor and keeps a history for each.
 * Left out: the 1e-6 that PyTorch adds to the norm, which is `epsilon` of the clipper.
 * Source: Seetharaman, Wichern, Pardo, Le Roux 2020, https://arxiv.org/abs/2007.14469, and
 * https://github.com/pseeth/autoclip (autoclip.py, autoclip_tf.py)
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * simulate(autoClip({ p: 25 }), [8, 0, 4, 2]).map((decision) => decision.threshold); // [8, 2, 2, 1.5]
 * simulate(autoClip({ p: 50, window: 3 }), [4, 2, 9, 9]).map((decision) => decision.normAfter); // [4, 2, 4, 9]
 */
export function autoClip(options: AutoClipOptions = {}): ClipPolicy {
  assertOptions('autoClip', options, OPTIONS);
  const { p = 10, variant = 'paper' } = options;
  assertOneOf('autoClip', 'variant', variant, ['paper', 'tensorflow']);
  const perTensor = variant === 'tensorflow';
  const { window = perTensor ? 10_000 : Infinity, interpolation = perTensor ? 'nearest' : 'linear' } = options;
  assertOption('autoClip', 'p', p, typeof p === 'number' && p >= 0 && p <= 100, 'in [0, 100]');
  const isWindow = window === Infinity || (Number.isInteger(window) && window >= 1);
  assertOption('autoClip', 'window', window, isWindow, 'an integer >= 1 or Infinity');
  assertOneOf('autoClip', 'interpolation', interpolation, INTERPOLATIONS);

  const rule = percentile({
    p,
    window,
    interpolation,
    includeCurrent: true,
    record: 'raw',
  }) as ClipPolicy<PercentileState>;
  const shared = { ...rule, name: 'autoClip', options: { p, variant, window, interpolation } };
  if (!perTensor) return definePolicy(shared);
  return definePolicy<PercentileState>({
    ...shared,
    scope: 'tensor',
    needs: ['globalNorm'],
    decide(state, { step, key, size, globalNorm }) {
      const event = { step, key, size, norm: globalNorm! };
      if (interpolation !== 'nearest') return rule.decide(state, event);
      const nearest = quantileOf(fromTop(withNorm(state.history, event.norm)), 1 - p / 100, 'nearest');
      rule.decide(state, event);
      state.threshold = nearest || Infinity;
      return [state.threshold, state];
    },
  });
}

/** Counted from the largest down, as TensorFlow Probability sorts: of two ranks as near, the even one is another norm then. */
function fromTop(norms: Ranked): Ranked {
  return { size: norms.size, at: (rank) => norms.at(norms.size - 1 - rank) };
}
