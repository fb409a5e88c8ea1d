import type { ClipBound } from '../../bound.ts';
import type { GradientNormEvent } from '../../event.ts';
import { sameJson } from '../../json.ts';
import type { Check } from '../check.ts';
import { errorInWords, Finding, syncCheck } from '../check.ts';
import { NEEDS } from '../../event.ts';
import { keysOf, sequenceOf } from './events.ts';
import type { Mutable, Sequence } from './events.ts';
import { ask, expectSame, inWords, placeOf, run } from './run.ts';
import type { AnyPolicy } from './run.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

/** How a policy treats the events it is given: odd ones, reused ones, unreadable ones. */
export function eventChecks({ make, ordinary, extreme, short, long }: PolicySubject): readonly Check[] {
  return [
    syncCheck(
      'answers a key that comes late and misses steps',
      'Count events in the state, or use event.step in a formula that holds for every step from 0 on.',
      () => {
        const policy = make();
        for (const corpus of ordinary) run(policy, sequenceOf(corpus, keysOf(policy)[0], policy.needs, lateStep));
      },
    ),
    syncCheck(
      'stays valid after the smallest and the largest norms',
      'Keep running means instead of sums of squares, and answer Infinity where a statistic is 0, infinite or not a number.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, extreme)) run(policy, sequence);
      },
    ),
    syncCheck(
      'leaves the event as it was',
      'Copy what you want to change: the event belongs to the clipper, and other policies read it.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, short)) {
          let state: unknown = policy.init(sequence.key);
          for (const event of sequence.events) {
            const given = { ...event };
            state = ask(policy, state, given, sequence)[1];
            if (sameJson(given, event)) continue;
            const what = `expected the event to stay ${inWords(event)}, got ${inWords(given)}`;
            throw new Finding(what, placeOf(policy, sequence, event.step));
          }
        }
      },
    ),
    syncCheck(
      'keeps no reference to the event',
      'Copy the numbers you keep into the state: the event is one object, overwritten at every step.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, [...short, long])) {
          const fresh = runTalking(make(), sequence, false);
          const reused = runTalking(policy, sequence, true);
          expectSame(policy, sequence, reused.bounds, fresh.bounds, 'as with a new event object at every step');
          const at = fresh.words.findIndex((words, i) => words !== reused.words[i]);
          if (at < 0) continue;
          const what = `expected the explanation "${fresh.words[at]}" as with a new event object, got "${reused.words[at]}"`;
          throw new Finding(what, placeOf(policy, sequence, sequence.events[at]!.step));
        }
      },
    ),
    syncCheck(
      'is as before after an event it could not read',
      'Compute first, then change the state: after a fault the same state object is used again.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, short)) {
          const bounds = runWithFaults(policy, sequence);
          expectSame(policy, sequence, bounds, run(make(), sequence), 'as without the events that threw');
        }
      },
    ),
  ];
}

/** Steps of a key that is first seen at 1,000 and is not in every step. */
function lateStep(i: number): number {
  return 1_000 + 3 * i + (i > 60 ? 10_000 : 0);
}

/** Bounds and explanations. Reusing: with one event object, scrambled while decide is not running. */
function runTalking(policy: AnyPolicy, sequence: Sequence, reuse: boolean): { bounds: ClipBound[]; words: unknown[] } {
  let state: unknown = policy.init(sequence.key);
  const bounds: ClipBound[] = [];
  const words: unknown[] = [];
  const reused: Mutable<GradientNormEvent> = { ...sequence.events[0]! };
  for (const event of sequence.events) {
    const given = reuse ? Object.assign(reused, event) : { ...event };
    const [bound, next] = ask(policy, state, given, sequence);
    state = next;
    bounds.push(bound);
    if (reuse) {
      Object.assign(reused, { step: -1, key: '', norm: 1e9, size: -1 });
      for (const need of NEEDS) if (need in reused) reused[need] = 1e9;
    }
    words.push(policy.explain?.(state));
  }
  return { bounds, words };
}

/** Before each event the same one with a norm that cannot be read. A policy that does not read it has then had the event. */
function runWithFaults(policy: AnyPolicy, sequence: Sequence): ClipBound[] {
  let state: unknown = policy.init(sequence.key);
  return sequence.events.map((event) => {
    let read = false;
    const unreadable = Object.defineProperty({ ...event }, 'norm', {
      enumerable: true,
      get: () => {
        read = true;
        throw new Error('the norm cannot be read');
      },
    });
    try {
      const [bound, next] = policy.decide(state, unreadable);
      if (!read) {
        state = next;
        return typeof bound === 'object' ? { ...bound } : bound;
      }
    } catch (thrown) {
      if (!read)
        throw new Finding(`expected an answer, got ${errorInWords(thrown)}`, placeOf(policy, sequence, event.step));
    }
    const [bound, next] = ask(policy, state, { ...event }, sequence);
    state = next;
    return bound;
  });
}
