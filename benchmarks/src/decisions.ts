import { policyOf, textOf } from '@gradclip/benchmark-recovery/call';
import { calmNorms } from '@gradclip/benchmark-recovery/norms';
import { rules } from '@gradclip/benchmark-recovery/rules';
import type { PolicySpec } from '@gradclip/core';
import { sideBySide } from './sideBySide.ts';
import type { Timing, Variant } from './sideBySide.ts';

const FIRST: PolicySpec = { name: 'percentile', options: { p: 10 } };
const STREAM = 4096;
/** Every so many norms one is a spike, since many rules think longer about those. */
const SPIKES = 64;

/** One decision of every policy on the same stream of norms, against that of percentile({ p: 10 }), window 1,000. */
export function decisions(): Promise<readonly Timing[]> {
  const norms = calmNorms(1, STREAM).map((norm, i) => (i % SPIKES === 0 ? 20 * norm : norm));
  const others = rules.map(({ spec }) => spec).filter((spec) => textOf(spec) !== textOf(FIRST));
  const variants = [FIRST, ...others].map((spec) => variant(spec, norms));
  return sideBySide(variants, { rounds: 21, sampleMs: 4, warmUpMs: 60 });
}

function variant(spec: PolicySpec, norms: Float64Array): Variant {
  const policy = policyOf(spec);
  const key = 'w';
  const event = {
    step: 0,
    key,
    norm: 0,
    size: 1,
    globalNorm: 0,
    maxAbs: 0,
    weightNorm: 200,
    loss: 1,
    learningRate: 0.1,
  };
  let state = policy.init(key);
  return {
    name: textOf(spec),
    run(calls) {
      let last: unknown;
      for (let i = 0; i < calls; i++) {
        const norm = norms[event.step % STREAM]!;
        event.norm = norm;
        event.globalNorm = norm;
        event.maxAbs = norm;
        const answer = policy.decide(state, event);
        state = answer[1];
        last = answer[0];
        event.step++;
      }
      return last;
    },
  };
}
