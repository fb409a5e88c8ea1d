import { createResolution } from '../bound.ts';
import type { ClipAction, ClipDecision } from '../decision.ts';
import { assertOptions, describe, GradclipError } from '../errors.ts';
import type { GradientNormEvent, Need } from '../event.ts';
import { GUARD_OPTIONS, guardSettings, NonFiniteWatch } from '../guard.ts';
import type { GuardOptions } from '../guard.ts';
import { decideKey, Lane } from '../host.ts';
import { BAD_NORM, haltedError, nonFiniteError } from '../input.ts';
import { createEvent } from '../keyEvent.ts';
import type { WritableEvent } from '../keyEvent.ts';
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
  const own: WritableEvent & GradientNormEvent = createEvent();
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
      const { size, globalNorm, maxAbs, weightNorm, loss, learningRate } = event;
      Object.assign(own, { step, key, norm, size, globalNorm, maxAbs, weightNorm, loss, learningRate });
      action = decideKey(lane, host, own, { step, observe: false }, norm, maxAbs, out);
    } else action = bad(step, norm);
    const outcome = { ...out, key, norm: finite ? norm : NaN, action, policy: lane.policy.name };
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
