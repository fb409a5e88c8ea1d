import { answering } from './brokenPolicies.ts';
import type { Broken } from './brokenPolicies.ts';
import type { MeanState } from './referencePolicies.ts';

const shared = { norms: [] as number[], scratch: 0 };

/** What they depend on, and how they treat their events. */
export const brokenManners: readonly Broken[] = [
  {
    what: 'adds a random jitter',
    caughtBy: 'does not look at clocks or random numbers',
    make: () => answering((state) => [1 + Math.random(), state]),
  },
  {
    what: 'waits ten seconds after a hit',
    caughtBy: 'does not look at clocks or random numbers',
    make: () =>
      answering(
        (state: { hitAt: number }, { norm }) => {
          const waiting = new Date().getTime() - state.hitAt < 10_000;
          if (norm > 1) state.hitAt = Date.now();
          return [waiting ? 2 : 1, state];
        },
        () => ({ hitAt: 0 }),
      ),
  },
  {
    what: 'remembers norms for all policies together',
    caughtBy: 'answers the same for the same events',
    make: () =>
      answering((state, { norm }) => {
        shared.norms.push(norm);
        return [shared.norms.length, state];
      }),
  },
  {
    what: 'has one scratch number for all policies',
    caughtBy: 'is not disturbed by a second policy',
    make: () =>
      answering(
        (state, { norm }) => {
          const bound = shared.scratch || Infinity;
          shared.scratch = norm;
          return [bound, state];
        },
        () => ((shared.scratch = 0), null),
      ),
  },
  {
    what: 'starts every run with the state of the last',
    caughtBy: 'starts each state afresh',
    make: () => {
      const state = { largest: 0 };
      return answering(
        (_, { norm }) => [(state.largest = Math.max(state.largest, norm)) || Infinity, state],
        () => state,
      );
    },
  },
  {
    what: 'compares with the keys before in a step',
    caughtBy: 'keeps its keys apart',
    make: () => {
      let current = -1;
      let largest = 0;
      return answering((state, { step, norm }) => {
        largest = step === current ? Math.max(largest, norm) : norm;
        current = step;
        return [largest || Infinity, state];
      });
    },
  },
  {
    what: 'looks its threshold up by step',
    caughtBy: 'answers a key that comes late and misses steps',
    make: () => {
      const table = Array.from({ length: 3_000 }, (_, i) => 1 + 1 / (i + 1));
      return answering((state, { step }) => [table[step]!, state]);
    },
  },
  {
    what: 'takes a variance as a difference of squares',
    caughtBy: 'stays valid after the smallest and the largest norms',
    make: () =>
      answering(
        (state: { sum: number; squares: number; seen: number }, { norm }) => {
          const sum = state.sum + norm;
          const squares = state.squares + norm * norm;
          const seen = state.seen + 1;
          const variance = Math.max(0, squares / seen - (sum / seen) ** 2);
          return [sum === 0 ? Infinity : sum / seen + 2 * Math.sqrt(variance), { sum, squares, seen }];
        },
        () => ({ sum: 0, squares: 0, seen: 0 }),
      ),
  },
  {
    what: 'writes the clipped norm into the event',
    caughtBy: 'leaves the event as it was',
    make: () =>
      answering((state, event) => {
        (event as { norm: number }).norm = Math.min(event.norm, 1);
        return [1, state];
      }),
  },
  {
    what: 'keeps the event as the one before',
    caughtBy: 'keeps no reference to the event',
    make: () =>
      answering(
        (state: { last: { norm: number } }, event) => [state.last.norm || Infinity, { last: event }],
        () => ({ last: { norm: 1 } }),
      ),
  },
  {
    what: 'explains the event it kept',
    caughtBy: 'keeps no reference to the event',
    make: () => ({
      ...answering(
        (_, event) => [1, { last: event }],
        () => ({ last: { norm: 1 } }),
      ),
      explain: ({ last }: { last: { norm: number } }) => `the norm is ${last.norm}`,
    }),
  },
  {
    what: 'counts the event before it reads the norm',
    caughtBy: 'is as before after an event it could not read',
    make: () =>
      answering(
        (state: MeanState, event) => {
          state.seen += 1;
          state.mean += (event.norm - state.mean) / state.seen;
          return [state.mean || Infinity, state];
        },
        () => ({ seen: 0, mean: 0 }),
      ),
  },
];
