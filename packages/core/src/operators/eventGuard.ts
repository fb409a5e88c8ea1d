import { createResolution } from '../bound.ts';
import type { ClipAction, ClipDecision } from '../decision.ts';
import { assertOptions, describe, GradclipError } from '../errors.ts';
import type { GradientNormEvent, Need } from '../event.ts';
import { GUARD_OPTIONS, guardSettings, NonFiniteWatch } from '../guard.ts';
import type { GuardOptions } from '../guard.ts';
import { decideKey, Lane } from '../host.ts';
import { BAD_NORM, haltedError, nonFiniteError } from '../input.ts';
import { toPolicy } from '../policy.ts';
import type { PolicyLike } from '../policy.ts';
import { toDecision } from '../step.ts';

/**
 * Decides event by event behind the guard of the clipper, one state per key. A skip concerns its key; a fault is told in
 * the reason of the decision.
 * @throws GradclipError from the returned function: NON_FINITE, HALTED, INVALID_EVENT
 */
export function createEventGuard(
  policy: PolicyLike,
  options: GuardOptions,
  caller: string,
): (event: GradientNormEvent) => ClipDecision {
  assertOptions(caller, options, GUARD_OPTIONS);
  const guard = guardSettings(options, caller);
  const lane = new Lane('events', toPolicy(policy, caller), 'global', guard, () => {});
  const watch = new NonFiniteWatch(guard.nonFiniteBudget);
  const out = createResolution();
  const own = lane.event;
  const needs = lane.policy.needs ?? [];
  let halted: ClipDecision | undefined;

  const bad = (step: number, norm: number): ClipAction => {
    const { onNonFinite: mode } = guard;
    if (mode === 'throw') throw nonFiniteError(step, `the norm is ${norm}`);
    Object.assign(out, createResolution(), { normAfter: mode === 'pass' ? NaN : 0, reason: BAD_NORM });
    // The elements behind a norm are not known, so 'zero' has none to set to 0.
    return mode === 'pass' ? 'pass' : watch.bad(step) ? 'halt' : 'skip';
  };

  return (event) => {
    const { step, key, norm } = event;
    if (halted) throw haltedError(halted.step, halted.reason!);
    checkFields(event, needs, caller);
    const usable = needs.every((need) => Number.isFinite(event[need]));
    const finite = norm >= 0 && norm < Infinity && usable;
    const host = lane.host(key);
    let action: ClipAction;
    if (finite) {
      watch.good(step);
      own.step = step;
      own.key = key;
      own.norm = norm;
      own.size = event.size;
      for (const need of needs) own[need] = event[need];
      action = decideKey(lane, host, own as GradientNormEvent, { step, observe: false }, norm, own.maxAbs, out);
    } else action = bad(step, norm);
    const { threshold, factor, normAfter, reason } = out;
    const known = finite ? norm : NaN;
    const outcome = { key, norm: known, threshold, action, factor, normAfter, policy: lane.policy.name, reason };
    const decision = toDecision({ step, clock: 'exact', basedOn: step }, outcome);
    if (action === 'halt') halted = decision;
    return decision;
  };
}

/** A learning rate that is not finite is a mistake of the caller; every other field may come out of a bad step. */
function checkFields(event: GradientNormEvent, needs: readonly Need[], caller: string): void {
  const wrong = (['norm', ...needs] as const).find(
    (field) => typeof event[field] !== 'number' || (field === 'learningRate' && !Number.isFinite(event[field])),
  );
  if (wrong === undefined) return;
  throw new GradclipError(
    'INVALID_EVENT',
    `${caller} needs a number in ${wrong} of every event, got ${describe(event[wrong])}.`,
    { where: { key: event.key, field: wrong }, advice: `Give events with a finite ${wrong}.` },
  );
}
