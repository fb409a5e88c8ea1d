import { copyJson, decode, encode, sameJson } from '../../json.ts';
import type { Json } from '../../json.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { inShort, stateOf, textOf } from '../saveable.ts';
import { scramble } from '../savedValue.ts';
import type { Sequence } from './events.ts';
import { expectSame, placeOf, run, runWith } from './run.ts';
import type { AnyPolicy } from './run.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

/** That a state can be written down, and that writing it down disturbs nothing. */
export function stateChecks({ make, short }: PolicySubject): readonly Check[] {
  const eachShort = (body: (policy: AnyPolicy, sequence: Sequence) => void) => () => {
    const policy = make();
    for (const sequence of sequencesOf(policy, short)) body(policy, sequence);
  };
  return [
    syncCheck(
      'has a state of plain data, or saves it',
      'Use numbers, texts, booleans, null, lists and plain objects as the state; where another form is faster, add save and load.',
      eachShort((policy, sequence) => {
        if (!policy.save && !policy.load) runSaving(policy, sequence);
      }),
    ),
    syncCheck(
      'saves plain data',
      'Return numbers, texts, booleans, null, lists and plain objects from save: Array.from(typedArray), [...map].',
      eachShort((policy, sequence) => {
        if (policy.save) runSaving(policy, sequence);
      }),
    ),
    syncCheck(
      'is not changed by being saved',
      'Let save read the state and change nothing in it.',
      eachShort((policy, sequence) => {
        if (!policy.save) return;
        const got = runWith(policy, sequence, (state, i) => {
          const first = savedText(policy, state, sequence, i);
          const second = savedText(policy, state, sequence, i);
          if (first === second) return state;
          throw new Finding(
            `expected the same from saving twice, ${inShort(first)}, got ${inShort(second)}`,
            placeAt(policy, sequence, i),
          );
        });
        expectSame(policy, sequence, got, run(make(), sequence), 'as without saving');
      }),
    ),
    syncCheck(
      'saves a value that shares nothing with the state',
      'Return new arrays and objects from save: the run goes on while the saved value is being written.',
      eachShort((policy, sequence) => {
        if (!policy.save) return;
        const kept: { saved: Json; copy: Json; i: number }[] = [];
        const got = runWith(policy, sequence, (state, i) => {
          const saved = policy.save!(state);
          if (i % 3 === 0) scramble(saved);
          else kept.push({ saved, copy: copyJson(saved), i });
          return state;
        });
        for (const { saved, copy, i } of kept)
          if (!sameJson(saved, copy))
            throw new Finding(
              `expected the saved value to stay ${inShort(encode(copy))}, got ${inShort(encode(saved))} at the end of the run`,
              placeAt(policy, sequence, i),
            );
        expectSame(policy, sequence, got, run(make(), sequence), 'whatever becomes of the saved value');
      }),
    ),
    syncCheck(
      'loads what it saved, told its own stateVersion',
      'Let load accept the saved value of every version it knows; the version it writes is stateVersion, default 1.',
      () => {
        const policy = make();
        const [sequence] = sequencesOf(policy, short);
        for (const cut of [0, 1, sequence!.events.length])
          restore(policy, savedAt(make(), sequence!, cut), sequence!, cut);
      },
    ),
    syncCheck(
      'loads a state that shares nothing with the saved value',
      'Copy the arrays and objects in load: one saved value may be restored twice.',
      eachShort((policy, sequence) => {
        if (!policy.save || !policy.load) return;
        const cut = sequence.events.length >> 1;
        const saved = decode(savedAt(make(), sequence, cut));
        const copy = copyJson(saved);
        const wanted = run(policy, sequence, cut, { state: policy.load(saved, policy.stateVersion ?? 1) });
        if (!sameJson(saved, copy))
          throw new Finding(
            `expected the saved value to stay ${inShort(encode(copy))}, got ${inShort(encode(saved))}`,
            placeAt(policy, sequence, cut),
          );
        const again: unknown = policy.load(saved, policy.stateVersion ?? 1);
        scramble(saved);
        const got = run(policy, sequence, cut, { state: again });
        expectSame(policy, sequence, got, wanted, 'whatever becomes of the saved value', cut);
      }),
    ),
  ];
}

function runSaving(policy: AnyPolicy, sequence: Sequence): void {
  runWith(policy, sequence, (state, i) => {
    savedText(policy, state, sequence, i);
    return state;
  });
}

/** As {@link textOf}, before the event of an index. */
export function savedText(policy: AnyPolicy, state: unknown, sequence: Sequence, i: number): string {
  return textOf(policy, state, placeAt(policy, sequence, i));
}

/** As {@link stateOf}, before the event of an index. */
export function restore(policy: AnyPolicy, text: string, sequence: Sequence, i: number): unknown {
  return stateOf(policy, text, placeAt(policy, sequence, i));
}

/** The saved state before the event of an index. */
function savedAt(policy: AnyPolicy, sequence: Sequence, cut: number): string {
  const upTo: Sequence = { ...sequence, events: sequence.events.slice(0, cut) };
  let text = '';
  runWith(policy, upTo, (state, i) => {
    if (i === cut) text = savedText(policy, state, sequence, i);
    return state;
  });
  return text;
}

function placeAt(policy: AnyPolicy, sequence: Sequence, i: number): ReturnType<typeof placeOf> {
  return placeOf(policy, sequence, sequence.events[i]?.step ?? i);
}
