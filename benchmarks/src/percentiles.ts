import type { ClipPolicy } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { sideBySide } from './sideBySide.ts';
import type { Timing, Variant } from './sideBySide.ts';

/** One step of percentile({ p: 10 }) on a history of `length` norms, against sorting a copy. */
export function percentiles(length: number, window: number): Promise<readonly Timing[]> {
  const norms = Float64Array.from({ length }, (_, i) => Math.exp(Math.sin(i * 12.9898) * 3));
  const policy: ClipPolicy = percentile({ p: 10, window });
  let state = policy.init('global');
  const event = { step: 0, key: 'global', norm: 0, size: 1 };
  let at = 0;
  const step = (): void => {
    event.norm = norms[at++ % length]!;
    state = policy.decide(state, event)[1];
  };
  for (let i = 0; i < length; i++) step();
  const sorting: Variant = {
    name: 'sort a copy',
    run(calls) {
      let threshold = 0;
      for (let i = 0; i < calls; i++) threshold += norms.slice(0, Math.min(length, window)).sort()[length >> 4] ?? 0;
      return threshold;
    },
  };
  const exact: Variant = {
    name: window === Infinity ? 'percentile, all history' : `percentile, window ${window.toLocaleString('en')}`,
    run(calls) {
      for (let i = 0; i < calls; i++) step();
      return state;
    },
  };
  return sideBySide([sorting, exact]);
}
