import { sameJson } from '../../json.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { LOW, withChance } from './chance.ts';
import { NEEDS } from '../../event.ts';
import { keysOf, sequenceOf } from './events.ts';
import type { Sequence } from './events.ts';
import { ask, forecastOf, placeOf, run } from './run.ts';
import type { AnyPolicy } from './run.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

/** That every answer is a bound, made from what the policy asked for. */
export function boundChecks({ make, ordinary, short, long }: PolicySubject): readonly Check[] {
  return [
    syncCheck(
      'reads only the fields it asked for',
      'Add the field to needs: a clipper gives an event only what the policy needs.',
      () => {
        const policy = make();
        for (const corpus of short) {
          const key = keysOf(policy)[0];
          const declared = sequenceOf(corpus, key, policy.needs);
          const without = outcome(make(), declared);
          if (firstDifference(outcome(make(), declared), without) >= 0) continue; // not the same for the same events
          for (const need of NEEDS.filter((field) => !policy.needs?.includes(field))) {
            const sequence = sequenceOf(corpus, key, [...(policy.needs ?? []), need]);
            const at = firstDifference(outcome(make(), sequence), without);
            if (at < 0) continue;
            const what = `expected the same answer with and without event.${need}, which is not in needs, got two`;
            throw new Finding(what, placeOf(policy, sequence, sequence.events[at]?.step));
          }
        }
      },
    ),
    syncCheck(
      'answers every event with one valid bound',
      'Return [bound, state] from a synchronous decide. A bound is a threshold > 0, { threshold, target }, { factor }, { clamp } or { skip: reason }; it is Infinity where nothing is known or the statistic is 0.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, [...ordinary, ...short, long])) run(policy, sequence);
      },
    ),
    syncCheck(
      'asks for maxAbs when it answers a clamp',
      "Add 'maxAbs' to needs: without it nobody can tell whether the clamp acts.",
      () => {
        const policy = make();
        if (policy.needs?.includes('maxAbs')) return;
        for (const sequence of sequencesOf(policy, [...ordinary, ...short])) {
          const at = run(policy, sequence).findIndex((bound) => typeof bound === 'object' && 'clamp' in bound);
          if (at < 0) continue;
          throw new Finding(
            "expected 'maxAbs' in needs of a policy that answers a clamp",
            placeOf(policy, sequence, at),
          );
        }
      },
    ),
  ];
}

/** The bounds until the run ends or fails; the last entry tells a failure. */
function outcome(policy: AnyPolicy, sequence: Sequence): unknown[] {
  return withChance(LOW, () => outcomeNow(policy, sequence));
}

function outcomeNow(policy: AnyPolicy, sequence: Sequence): unknown[] {
  const answers: unknown[] = [];
  let state: unknown = policy.init(sequence.key);
  try {
    for (const event of sequence.events) {
      const [bound, next] = ask(policy, state, { ...event }, sequence);
      answers.push(bound, nextForecast(policy, next, sequence, event.step + 1));
      state = next;
    }
  } catch {
    answers.push('failed');
  }
  return answers;
}

function nextForecast(policy: AnyPolicy, state: unknown, sequence: Sequence, step: number): unknown {
  try {
    return forecastOf(policy, state, sequence, step) ?? null;
  } catch {
    return 'failed';
  }
}

/** Index of the event, two entries each; -1: none. */
function firstDifference(a: readonly unknown[], b: readonly unknown[]): number {
  const longer = a.length > b.length ? a : b;
  const at = longer.findIndex((_, i) => !sameJson(a[i] as never, b[i] as never));
  return at < 0 ? -1 : at >> 1;
}
