import type { ClipBound } from '../../bound.ts';
import { sameJson } from '../../json.ts';
import type { Check } from '../check.ts';
import { syncCheck } from '../check.ts';
import type { Corpus } from '../corpora.ts';
import { HIGH, LOW, withChance } from './chance.ts';
import { keysOf, sequenceOf } from './events.ts';
import type { Sequence } from './events.ts';
import { ask, expectSame, run } from './run.ts';
import type { AnyPolicy } from './run.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

/** That answers follow from the events of one key and from nothing else. */
export function independenceChecks({ make, ordinary, short, long }: PolicySubject): readonly Check[] {
  return [
    syncCheck(
      'does not look at clocks or random numbers',
      'Count events instead of time; take random numbers from a seed in the options, its position in the state.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, short)) {
          const wanted = withChance(LOW, () => run(make(), sequence));
          const again = withChance(LOW, () => run(make(), sequence));
          if (!sameJson(wanted, again)) continue; // what differs anyway is told by the next check
          const got = withChance(HIGH, () => run(make(), sequence));
          expectSame(policy, sequence, got, wanted, 'whatever Math.random and the clock say');
        }
      },
    ),
    syncCheck(
      'answers the same for the same events',
      'Keep everything in the state: nothing outside the factory, no random numbers, no clock.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, [...ordinary, ...short, long])) {
          const first = run(make(), sequence);
          expectSame(policy, sequence, run(make(), sequence), first, 'as in the run before');
        }
      },
    ),
    syncCheck(
      'is not disturbed by a second policy',
      'Make scratch space inside the factory or the state, not once for all policies.',
      () => {
        const policy = make();
        const [sequence, other] = twoSequences(policy, short[0]!, 0);
        const [got] = alternate([make(), sequence], [make(), other]);
        expectSame(policy, sequence, got, run(make(), sequence), 'as without a second policy beside it');
      },
    ),
    syncCheck(
      'starts each state afresh',
      'Let init return a new state each time; hold nothing that a run changes outside the state.',
      () => {
        const policy = make();
        for (const sequence of sequencesOf(policy, short)) {
          const early: unknown = policy.init(sequence.key);
          run(policy, sequence);
          const wanted = run(make(), sequence);
          const because = 'as the first run answered';
          expectSame(policy, sequence, run(policy, sequence, 0, { state: early }), wanted, because);
          expectSame(policy, sequence, run(policy, sequence), wanted, because);
        }
      },
    ),
    syncCheck(
      'keeps its keys apart',
      'Keep what you know about a key in the state that init(key) returned, one each.',
      () => {
        const policy = make();
        const [sequence, other] = twoSequences(policy, short[0]!, 1);
        const shared = make();
        const bounds = alternate([shared, sequence], [shared, other]);
        expectSame(policy, sequence, bounds[0], run(make(), sequence), `as without the key ${other.key} beside it`);
        expectSame(policy, other, bounds[1], run(make(), other), `as without the key ${sequence.key} beside it`);
      },
    ),
  ];
}

/** The norms, and others: backwards and three times as large, of the first or the second key. */
function twoSequences(policy: AnyPolicy, { name, norms }: Corpus, key: 0 | 1): [Sequence, Sequence] {
  const keys = keysOf(policy);
  const others = { name: `${name}, backwards`, norms: [...norms].reverse().map((norm) => 3 * norm) };
  return [sequenceOf({ name, norms }, keys[0], policy.needs), sequenceOf(others, keys[key], policy.needs)];
}

/** Two runs, step by step in turn. */
function alternate(...runs: readonly [[AnyPolicy, Sequence], [AnyPolicy, Sequence]]): [ClipBound[], ClipBound[]] {
  const states = runs.map(([policy, { key }]): unknown => policy.init(key));
  const bounds: [ClipBound[], ClipBound[]] = [[], []];
  for (let i = 0; i < runs[0][1].events.length; i++)
    runs.forEach(([policy, sequence], r) => {
      const [bound, state] = ask(policy, states[r], { ...sequence.events[i]! }, sequence);
      states[r] = state;
      bounds[r]!.push(bound);
    });
  return bounds;
}
