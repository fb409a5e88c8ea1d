import type { ClipBound } from '../../bound.ts';
import type { Check } from '../check.ts';
import { syncCheck } from '../check.ts';
import type { Corpus } from '../corpora.ts';
import type { Sequence } from './events.ts';
import { ask, expectSame, forecastOf, run, runWith } from './run.ts';
import type { AnyPolicy } from './run.ts';
import { restore, savedText } from './state.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

const ADVICE =
  'Save everything that decide and forecast read, counters and positions included, and put it all back in load.';

/** That a restored run answers, bit for bit, as if it had never stopped. */
export function resumeChecks({ make, ordinary, extreme, short, long }: PolicySubject): readonly Check[] {
  return [
    syncCheck('goes on as before after a restore at any step', ADVICE, () => {
      const policy = make();
      for (const sequence of sequencesOf(policy, short)) {
        const { bounds, texts } = runSaving(make(), sequence);
        texts.forEach((text, cut) => {
          const fresh = make();
          const got = runForecasting(fresh, sequence, cut, restore(fresh, text, sequence, cut));
          expectSame(
            policy,
            sequence,
            got,
            bounds.slice(2 * cut),
            `as without the restore before event ${cut}`,
            cut,
            2,
          );
        });
      }
    }),
    syncCheck('goes on as before when every step is restored', ADVICE, () => restoring(make, ordinary)),
    syncCheck(
      'goes on as before when every step is restored amid the smallest and the largest norms',
      'Save numbers as they are: JSON.stringify makes null of NaN and Infinity and 0 of -0, the codec of the clipper does not.',
      () => restoring(make, extreme),
    ),
    syncCheck('goes on as before after a restore late in a long run', ADVICE, () => {
      const policy = make();
      const [sequence] = sequencesOf(policy, [long]);
      const wanted = run(make(), sequence!);
      const cuts = new Set([97, 500, 977, 1_000, 1_003, 1_999, 2_000, 2_048, 2_401]);
      runWith(policy, sequence!, (state, cut) => {
        if (!cuts.has(cut)) return state;
        const fresh = make();
        const restored = restore(fresh, savedText(policy, state, sequence!, cut), sequence!, cut);
        const got = run(fresh, sequence!, cut, { state: restored });
        expectSame(policy, sequence!, got, wanted.slice(cut), `as without the restore before event ${cut}`, cut);
        return state;
      });
    }),
  ];
}

function restoring(make: PolicySubject['make'], corpora: readonly Corpus[]): void {
  const policy = make();
  for (const sequence of sequencesOf(policy, corpora)) {
    const moved = make();
    const got = runWith(moved, sequence, (state, i) =>
      restore(moved, savedText(moved, state, sequence, i), sequence, i),
    );
    expectSame(policy, sequence, got, run(make(), sequence), 'as without the restores');
  }
}

/** Forecast and bound of each event, in turn; Infinity stands for no forecast. And the saved state before each event. */
function runSaving(policy: AnyPolicy, sequence: Sequence): { bounds: ClipBound[]; texts: string[] } {
  const texts: string[] = [];
  const bounds = runForecasting(policy, sequence, 0, policy.init(sequence.key), (state, i) => {
    texts.push(savedText(policy, state, sequence, i));
  });
  return { bounds, texts };
}

function runForecasting(
  policy: AnyPolicy,
  sequence: Sequence,
  from: number,
  start: unknown,
  before: (state: unknown, i: number) => void = () => {},
): ClipBound[] {
  let state = start;
  const bounds: ClipBound[] = [];
  for (let i = from; i < sequence.events.length; i++) {
    const event = sequence.events[i]!;
    before(state, i);
    bounds.push(forecastOf(policy, state, sequence, event.step) ?? Infinity);
    const [bound, next] = ask(policy, state, { ...event }, sequence);
    bounds.push(bound);
    state = next;
  }
  return bounds;
}
