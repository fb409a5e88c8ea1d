import { sameJson } from '../../json.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import { ask, expectSame, forecastOf, inWords, placeOf, run, runWith } from './run.ts';
import { sequencesOf } from './subject.ts';
import type { PolicySubject } from './subject.ts';

/** forecast and explain: what they say, and that asking changes nothing. Both are optional. */
export function forecastChecks({ make, ordinary, extreme, short, long }: PolicySubject): readonly Check[] {
  return [
    syncCheck(
      'forecasts thresholds and clamps only',
      'Return undefined from forecast where the bound of the coming step is not known, or is a factor or a skip.',
      () => {
        const policy = make();
        if (!policy.forecast) return;
        for (const sequence of sequencesOf(policy, ordinary))
          runWith(policy, sequence, (state, i) => {
            const step = sequence.events[i]?.step ?? i;
            // Late mode asks several steps ahead of the last norm that has arrived.
            for (const ahead of [0, 1, 5]) {
              const bound = forecastOf(policy, state, sequence, step + ahead);
              if (typeof bound !== 'object' || 'threshold' in bound) continue;
              const clamps = 'clamp' in bound;
              if (clamps && policy.needs?.includes('maxAbs')) continue;
              const wanted = clamps
                ? "'maxAbs' in needs of a policy that forecasts a clamp"
                : 'a threshold, a clamp or undefined';
              throw new Finding(
                `expected ${wanted}, got ${inWords(bound)} as a forecast`,
                placeOf(policy, sequence, step),
              );
            }
            return state;
          });
      },
    ),
    syncCheck(
      'answers what it forecast',
      'Return from forecast what decide will answer at the next event, or undefined when that depends on its norm.',
      () => {
        const policy = make();
        if (!policy.forecast) return;
        for (const sequence of sequencesOf(policy, [...ordinary, ...extreme, ...short, long])) {
          let state: unknown = policy.init(sequence.key);
          for (const event of sequence.events) {
            const coming = forecastOf(policy, state, sequence, event.step);
            const [bound, next] = ask(policy, state, { ...event }, sequence);
            state = next;
            if (coming === undefined || sameJson(coming, bound)) continue;
            const what = `expected ${inWords(coming)} as it was forecast, got ${inWords(bound)} for the norm ${event.norm}`;
            throw new Finding(what, placeOf(policy, sequence, event.step));
          }
        }
      },
    ),
    syncCheck(
      'is not changed by a forecast',
      'Let forecast read the state and change nothing in it; a forecast may be asked for twice, or never.',
      () => {
        const policy = make();
        if (!policy.forecast) return;
        for (const sequence of sequencesOf(policy, [...ordinary, ...short])) {
          const got = runWith(policy, sequence, (state, i) => {
            const step = sequence.events[i]?.step ?? i;
            const first = forecastOf(policy, state, sequence, step);
            forecastOf(policy, state, sequence, step + 1);
            const second = forecastOf(policy, state, sequence, step);
            if (sameJson(first, second)) return state;
            const what = `expected the forecast ${inWords(first)} again, got ${inWords(second)}`;
            throw new Finding(what, placeOf(policy, sequence, step));
          });
          expectSame(policy, sequence, got, run(make(), sequence), 'as without forecasts');
        }
      },
    ),
    syncCheck(
      'explains itself in words at any time',
      'Return a text from explain, also before the first event; leave explain out when there is nothing to say.',
      () => {
        const policy = make();
        if (!policy.explain) return;
        for (const sequence of sequencesOf(policy, [...extreme, ...short]))
          runWith(policy, sequence, (state, i) => {
            const words: unknown = policy.explain!(state);
            if (typeof words === 'string' && words.trim() !== '') return state;
            throw new Finding(`expected a text from explain, got ${inWords(words)}`, placeOf(policy, sequence, i));
          });
      },
    ),
    syncCheck(
      'is not changed by explaining itself',
      'Let explain read the state and change nothing in it: it is called only when somebody reads it.',
      () => {
        const policy = make();
        if (!policy.explain) return;
        for (const sequence of sequencesOf(policy, [...short, long])) {
          const got = runWith(policy, sequence, (state, i) => {
            const first = policy.explain!(state);
            const second = policy.explain!(state);
            if (first === second) return state;
            throw new Finding(`expected the same words twice, ${first}, got ${second}`, placeOf(policy, sequence, i));
          });
          expectSame(policy, sequence, got, run(make(), sequence), 'as without explaining');
        }
      },
    ),
  ];
}
