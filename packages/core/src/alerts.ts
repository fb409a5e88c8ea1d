import type { ClipAlert } from './decision.ts';
import { messageOf } from './errors.ts';
import type { Routing } from './groups.ts';
import type { KeyTable } from './layout.ts';

/** The texts of what is announced, in one place. */

export function policyFault(
  at: { readonly step: number; readonly key: string; readonly policy: string },
  group: string,
  count: string,
  what: string,
  instead: number | undefined,
  cause: unknown,
): ClipAlert {
  const next = instead === undefined ? 'nothing can replace its answer' : `the threshold ${instead} is used instead`;
  return {
    code: 'POLICY_FAULT',
    ...at,
    message: `Fault ${count} of ${group}, at step ${at.step}: ${what}; ${next}.`,
    advice: 'Run policyChecks on the policy; record norms$ and replay them with simulate().',
    cause,
  };
}

export function policyQuarantined(
  at: { readonly step: number; readonly key: string; readonly policy: string },
  group: string,
  cause: unknown,
): ClipAlert {
  return {
    code: 'POLICY_QUARANTINED',
    ...at,
    message: `Policy ${at.policy} of ${group} is quarantined: it is asked no more.`,
    advice: 'Mend the policy, then restore the last saved state with { clearFaults: true }.',
    cause,
  };
}

/** `last` and `usual`: the joint norm before the step, and the median of the last steps; NaN when there is none. */
export function badGradient(step: number, what: string, effect: string, last: number, usual: number): ClipAlert {
  const before = Number.isFinite(last) ? ` The norm before was ${short(last)}, the usual one ${short(usual)}.` : '';
  return {
    code: 'NON_FINITE',
    step,
    message: `Step ${step} has a bad gradient: ${what}.${before} ${effect}`,
    advice:
      last > 100 * usual
        ? 'The norm was growing before this step: lower the learning rate or the threshold.'
        : 'Look for a division by zero, an overflow or bad data in this batch.',
  };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export function halted(step: number, reason: string): ClipAlert {
  return {
    code: 'HALTED',
    step,
    message: `Training halts at step ${step}: ${reason}. Every later call throws HALTED.`,
    advice: 'Mend the cause, then restore a saved state with { clearFaults: true }.',
  };
}

export function skipping(step: number, count: number, reason: string | undefined): ClipAlert {
  return {
    code: 'SKIPPING',
    step,
    message: `The last ${count} steps were skipped: ${reason}.`,
    advice: 'Nothing is learned meanwhile: look at the norms and at the limit of the policy.',
  };
}

export function noForecast(step: number, policy: string): ClipAlert {
  return {
    code: 'NO_FORECAST',
    step,
    policy,
    message: `Policy ${policy} has no forecast, so every step is decided exactly.`,
    advice: 'Give the policy a forecast, or use the exact clock.',
  };
}

/** One for each group without a tensor. */
export function emptyGroups({ lanes }: Routing, main: KeyTable): readonly ClipAlert[] {
  const empty = lanes.filter((lane) => !main.lanes.includes(lane));
  return empty.map(({ name, policy }) => ({
    code: 'GROUP_EMPTY',
    step: 0,
    policy: policy.name,
    message: `Group ${name} matches none of the tensors.`,
    advice: 'Compare its match with the names of the tensors; the first group that matches has a tensor.',
  }));
}

/** At most one: the saved keys that have not been seen since. */
export function leftOver(
  { lanes }: Routing,
  stages: readonly { readonly name: string }[],
  step: number,
  patience: number,
): readonly ClipAlert[] {
  const hosts = lanes.flatMap((lane) => [...lane.hosts.values()]);
  const unseen = hosts.filter(({ restoredAt, tally }) => restoredAt === tally.steps).map(({ key }) => key);
  const keys = [...unseen, ...stages.map(({ name }) => name)];
  if (!keys.length) return [];
  const message = `${keys.length} saved keys have not come back in ${patience} steps: ${keys.slice(0, 5).join(', ')}.`;
  const advice = 'Were tensors renamed or left out? A new name starts afresh.';
  return [{ code: 'STATE_LEFT_OVER', step, message, advice }];
}

export function subscriberFailed(step: number, stream: string, cause: unknown): ClipAlert {
  return {
    code: 'SUBSCRIBER_FAILED',
    step,
    message: `A subscriber of ${stream} failed: ${messageOf(cause)}`,
    advice: 'Mend the subscriber; training went on without it.',
    cause,
  };
}
