import { createResolution, resolveThreshold } from './bound.ts';
import type { StepDecision } from './decision.ts';
import { assertOption } from './errors.ts';
import { BAD_NORM, badElements, lossScaleOf } from './input.ts';
import { jointNorm } from './measurement.ts';
import type { Measurement } from './measurement.ts';
import { Columns, Step } from './step.ts';
import type { StepKeys } from './step.ts';

const KEYS = { hosts: [{ key: 'global' }], lanes: [{ policy: { name: 'fixed' } }] } as const;

/**
 * One decision of a fixed threshold at global scope, without a clipper: for adapters whose users pass a number. Always
 * step 0; a gradient that is not finite is skipped.
 * @throws GradclipError INVALID_OPTION
 */
export function decideOnce(threshold: number, m: Measurement): StepDecision {
  assertOption('clip', 'threshold', threshold, typeof threshold === 'number' && threshold > 0, 'a number > 0');
  const { names } = m;
  const lossScale = lossScaleOf(m);
  const joint = jointNorm(m.power, m.scale, m.order) / lossScale;
  const bad = m.nonFinite > 0 ? badElements(m) : joint < Infinity ? undefined : `the norm is ${joint}`;
  const out = createResolution();
  const norm = bad === undefined ? joint : NaN;
  if (bad === undefined) {
    out.normAfter = norm;
    resolveThreshold(threshold, threshold, norm, 0, out);
  } else out.reason = BAD_NORM;
  const action = bad === undefined ? out.action : 'skip';
  const columns = new Columns(1);
  columns.add(norm, action, out);
  const facts = { step: 0, clock: 'exact', basedOn: 0, observe: false, lossScale } as const;
  const keys: StepKeys = { main: KEYS, place: (name) => (names.includes(name) ? [0, 1] : undefined) };
  return new Step(facts, keys, columns, { norm, normAfter: out.normAfter, action, reason: bad });
}
