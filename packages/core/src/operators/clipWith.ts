import { map, scan } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { ClipDecision } from '../decision.ts';
import type { GradientNormEvent } from '../event.ts';
import type { GuardOptions } from '../guard.ts';
import type { PolicyLike } from '../policy.ts';
import { createEventGuard } from './eventGuard.ts';

/**
 * A stream of norms to a stream of decisions: fresh state per subscription, one state per key, the event's own step, the
 * same guard as the clipper. A skip concerns its key; only a clipper drops a whole step.
 * Errors of the stream: GradclipError NON_FINITE (onNonFinite: 'throw'), HALTED at the event after a decision to halt,
 * INVALID_EVENT.
 * @throws GradclipError INVALID_POLICY, INVALID_OPTION
 * @example
 * clipper.norms$.pipe(clipWith(percentile({ p: 10 }))).subscribe((decision) => console.log(decision.threshold));
 */
export function clipWith(
  policy: PolicyLike,
  options: GuardOptions = {},
): OperatorFunction<GradientNormEvent, ClipDecision> {
  const create = (): ((event: GradientNormEvent) => ClipDecision) => createEventGuard(policy, options, 'clipWith');
  create();
  // The seed is undefined and not a guard, so that every subscription makes its own.
  type Progress = { decide: ReturnType<typeof create>; decision: ClipDecision } | undefined;
  return (norms$) =>
    norms$.pipe(
      scan((before: Progress, event: GradientNormEvent): Progress => {
        const decide = before?.decide ?? create();
        return { decide, decision: decide(event) };
      }, undefined),
      map((progress) => progress!.decision),
    );
}
