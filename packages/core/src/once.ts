import { createResolution, resolveThreshold } from './bound.ts';
import type { StepDecision } from './decision.ts';
import { assertOption } from './errors.ts';
import { BAD_NORM, badElements, lossScaleOf } from './input.ts';
import { jointNorm } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { toDecision, unknownTensor } from './step.ts';

/**
 * One decision of a fixed threshold at global scope, without a clipper: for adapters whose users pass a number. Always
 * step 0; a gradient that is not finite is skipped.
 * @throws GradclipError INVALID_OPTION, INVALID_MEASUREMENT
 */
export function decideOnce(threshold: number, m: Measurement): StepDecision {
  assertOption('clip', 'threshold', threshold, typeof threshold === 'number' && threshold > 0, 'a number > 0');
  const { names } = m;
  const joint = jointNorm(m.power, m.scale, m.order) / lossScaleOf(m);
  const bad = m.nonFinite > 0 ? badElements(m) : joint < Infinity ? undefined : `the norm is ${joint}`;
  const norm = bad === undefined ? joint : NaN;
  const out = createResolution();
  if (bad === undefined) {
    out.normAfter = norm;
    resolveThreshold(threshold, threshold, norm, 0, out);
  }
  const { factor, normAfter } = out;
  const action = bad === undefined ? out.action : 'skip';
  const forTensor = (name: string, value: number): Float64Array => {
    if (!names.includes(name)) throw unknownTensor(name);
    return Float64Array.of(value);
  };
  const step = {
    step: 0,
    action,
    proceed: bad === undefined,
    applied: true,
    norm,
    normAfter,
    threshold: out.threshold,
    factor,
    factors: (name: string) => forTensor(name, factor),
    clamps: (name: string) => forTensor(name, Infinity),
    get decisions() {
      const key = { key: 'global', policy: 'fixed', norm, threshold: out.threshold, action, factor, normAfter };
      const reason = bad === undefined ? undefined : BAD_NORM;
      return [toDecision({ step: 0, clock: 'exact', basedOn: 0 }, { ...key, reason })];
    },
  } as const;
  return bad === undefined ? step : Object.defineProperty(step, 'reason', { value: bad, enumerable: true });
}
