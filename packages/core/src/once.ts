import { createResolution, resolveThreshold } from './bound.ts';
import type { StepDecision } from './decision.ts';
import { assertOption } from './errors.ts';
import { BAD_NORM, badElements } from './input.ts';
import { jointNorm } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { SingleKeyStep } from './step.ts';

/**
 * One decision of a fixed threshold at global scope, without a clipper: for adapters whose users pass a number. Always
 * step 0; a gradient that is not finite is skipped.
 * @throws GradclipError INVALID_OPTION
 */
export function decideOnce(threshold: number, m: Measurement): StepDecision {
  assertOption('clip', 'threshold', threshold, typeof threshold === 'number' && threshold > 0, 'a number > 0');
  const { lossScale = 1 } = m;
  const norm = jointNorm(m.power, m.scale, m.order) / lossScale;
  const bad = m.nonFinite > 0 ? badElements(m) : norm < Infinity ? undefined : `the norm is ${norm}`;
  const out = createResolution();
  if (bad === undefined) {
    out.normAfter = norm;
    resolveThreshold(threshold, threshold, norm, 0, out);
  } else {
    out.action = 'skip';
    out.reason = BAD_NORM;
  }
  const { action, factor, clamp, normAfter, reason } = out;
  const known = bad === undefined ? norm : NaN;
  const outcome = { key: 'global', policy: 'fixed', norm: known, threshold: out.threshold, action, factor, clamp, normAfter, reason };
  const facts = { step: 0, clock: 'exact', basedOn: 0, observe: false, lossScale } as const;
  return new SingleKeyStep(facts, m.names, outcome, action, bad);
}
