import { createResolution, resolveBound } from './bound.ts';
import type { StepDecision } from './decision.ts';
import { assertOption } from './errors.ts';
import { BAD_NORM, badElements } from './input.ts';
import { jointNorm } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { SingleKeyStep } from './step.ts';

const LIMITS = { epsilon: 0, min: 0, max: Infinity } as const;

/**
 * One decision of a fixed threshold at global scope, without a clipper: for adapters whose users pass a number. Always
 * step 0; a gradient that is not finite is skipped.
 * @throws GradclipError INVALID_OPTION
 */
export function decideOnce(threshold: number, m: Measurement): StepDecision {
  assertOption('clip', 'threshold', threshold, typeof threshold === 'number' && threshold > 0, 'a number > 0');
  const { lossScale = 1 } = m;
  const out = createResolution();
  const norm = jointNorm(m.power, m.scale, m.order) / lossScale;
  const bad = m.nonFinite > 0 ? badElements(m) : norm < Infinity ? undefined : `the norm is ${norm}`;
  if (bad === undefined) resolveBound(threshold, norm, undefined, LIMITS, out);
  const { factor, clamp, normAfter } = out;
  const outcome = bad === undefined
    ? { key: 'global', policy: 'fixed', norm, threshold: out.threshold, factor, clamp, normAfter, action: out.action, reason: undefined }
    : { key: 'global', policy: 'fixed', norm: NaN, threshold: Infinity, factor, clamp, normAfter: 0, action: 'skip' as const, reason: BAD_NORM };
  const facts = { step: 0, clock: 'exact', basedOn: 0, observe: false, lossScale } as const;
  return new SingleKeyStep(facts, m.names, outcome, outcome.action, bad);
}
