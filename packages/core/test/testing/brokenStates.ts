import type { ClipPolicy } from '@gradclip/core';
import { answering, meanWith } from './brokenPolicies.ts';
import type { Broken } from './brokenPolicies.ts';
import { largestOf, mean } from './referencePolicies.ts';
import type { MeanState, RingState } from './referencePolicies.ts';

const ringWith = (change: Partial<ClipPolicy<any>>): ClipPolicy<any> => ({ ...largestOf(), ...change });
const PLAIN = 'has a state of plain data, or saves it';
const SHARED = 'saves a value that shares nothing with the state';

type ListState = { norms: number[] };
/** The largest norm of all, remembered in a list: save and load as given. */
const listed = (save: (state: ListState) => any, load: (saved: any) => ListState): ClipPolicy<any> => ({
  ...answering(
    (state: ListState, { norm }) => {
      state.norms.push(norm);
      return [Math.max(...state.norms) || Infinity, state];
    },
    () => ({ norms: [] }),
  ),
  save,
  load,
});

/** How they forecast and explain. */
export const brokenWords: readonly Broken[] = [
  {
    what: 'forecasts a factor',
    caughtBy: 'forecasts thresholds and clamps only',
    make: () => ({ ...answering((state) => [{ factor: 0.5 }, state]), forecast: () => ({ factor: 0.5 }) }),
  },
  {
    what: 'forecasts a skip five steps ahead',
    caughtBy: 'forecasts thresholds and clamps only',
    make: () => ({
      ...answering((state, { step }) => [step > 200 ? { skip: 'late' } : 1, state]),
      forecast: (_, { step }) => (step > 120 ? { skip: 'late' } : 1),
    }),
  },
  {
    what: 'forecasts without the newest norm',
    caughtBy: 'answers what it forecast',
    make: () => ({
      ...answering(
        (state: { last: number; before: number }, { norm }) => [state.last, { last: norm || 1, before: state.last }],
        () => ({ last: 1, before: 1 }),
      ),
      forecast: ({ before }) => before,
    }),
  },
  {
    what: 'forecasts although the current norm counts',
    caughtBy: 'answers what it forecast',
    make: () => ({
      ...answering(
        ({ largest }: { largest: number }, { norm }) => [
          Math.max(largest, norm) || Infinity,
          { largest: Math.max(largest, norm) },
        ],
        () => ({ largest: 0 }),
      ),
      forecast: ({ largest }) => largest || Infinity,
    }),
  },
  {
    what: 'counts its forecasts as steps',
    caughtBy: 'is not changed by a forecast',
    make: () => ({
      ...answering(
        (state: { seen: number }) => [++state.seen < 50 ? 2 : 1, state],
        () => ({ seen: 0 }),
      ),
      forecast: (state: { seen: number }) => void state.seen++,
    }),
  },
  {
    what: 'has no words before the first event',
    caughtBy: 'explains itself in words at any time',
    make: () => meanWith({ explain: ({ seen }: MeanState) => (seen ? 'the mean' : '') }),
  },
  {
    what: 'forgets what it has explained',
    caughtBy: 'is not changed by explaining itself',
    make: () => ({
      ...answering(
        (state: { hits: number }, { norm }) => [(state.hits += norm > 1 ? 1 : 0) || 1, state],
        () => ({ hits: 0 }),
      ),
      explain: (state: { hits: number }) => {
        state.hits = 0;
        return 'hits so far have been told';
      },
    }),
  },
];

/** What they save and load. */
export const brokenStates: readonly Broken[] = [
  {
    what: 'has a Map as its state',
    caughtBy: PLAIN,
    make: () =>
      answering(
        (state: Map<string, number>, { norm }) => [state.set('seen', norm).size, state],
        () => new Map(),
      ),
  },
  {
    what: 'has a typed array as its state',
    caughtBy: PLAIN,
    make: () => ringWith({ save: undefined!, load: undefined! }),
  },
  {
    what: 'has an undefined field at first',
    caughtBy: PLAIN,
    make: () =>
      answering(
        (_, { norm }) => [1, { last: norm }],
        () => ({ last: undefined }),
      ),
  },
  {
    what: 'saves a typed array',
    caughtBy: 'saves plain data',
    make: () => ringWith({ save: ({ values, seen }) => ({ values, seen }) }),
  },
  {
    what: 'sorts its window when it is saved',
    caughtBy: 'is not changed by being saved',
    make: () =>
      ringWith({
        save: ({ values, seen }: RingState) => ({ values: Array.from(values.sort().subarray(0, seen)), seen }),
      }),
  },
  {
    what: 'saves the list it goes on writing to',
    caughtBy: SHARED,
    make: () =>
      listed(
        ({ norms }) => norms,
        (norms: number[]) => ({ norms: [...norms] }),
      ),
  },
  {
    what: 'saves a list within a new object',
    caughtBy: SHARED,
    make: () =>
      listed(
        ({ norms }) => ({ norms }),
        ({ norms }: ListState) => ({ norms: [...norms] }),
      ),
  },
  {
    what: 'goes on writing to the list it loaded',
    caughtBy: 'loads a state that shares nothing with the saved value',
    make: () =>
      listed(
        ({ norms }) => [...norms],
        (norms: number[]) => ({ norms }),
      ),
  },
  {
    what: 'loads the next version only',
    caughtBy: 'loads what it saved, told its own stateVersion',
    make: () => ({ ...largestOf(), stateVersion: 1 }),
  },
  {
    what: 'forgets its warm-up',
    caughtBy: 'goes on as before after a restore at any step',
    make: () =>
      meanWith({
        save: ({ mean: average }: MeanState) => average,
        load: (average) => ({ seen: 10, mean: average as number }),
      }),
  },
  {
    what: 'saves six digits',
    caughtBy: 'goes on as before after a restore at any step',
    make: () =>
      meanWith({
        save: (state: MeanState) => ({ ...state, mean: Number(state.mean.toPrecision(6)) }),
        load: (saved) => ({ ...(saved as MeanState) }),
      }),
  },
  {
    what: 'forgets how long the norm has stood still',
    caughtBy: 'goes on as before when every step is restored',
    make: () => ({
      ...answering(
        ({ last, still }: { last: number; still: number }, { norm }) => [
          still > 50 ? 1 : 2,
          { last: norm, still: norm === last ? still + 1 : 0 },
        ],
        () => ({ last: -1, still: 0 }),
      ),
      save: ({ last }: { last: number }) => last,
      load: (last) => ({ last: last as number, still: 0 }),
    }),
  },
  {
    what: 'forgets where in its window it was',
    caughtBy: 'goes on as before after a restore late in a long run',
    make: () =>
      ringWith({
        save: ({ values, seen }: RingState) => Array.from(values.subarray(0, seen)),
        load: (saved) => {
          const values = new Float64Array(300);
          values.set(saved as number[]);
          return { values, seen: (saved as number[]).length };
        },
      }),
  },
];

/** Made again by a registry, they are not what they were. `create` is what the plugin does with the options. */
export const brokenOptions: readonly (Broken & { create(options: any): ClipPolicy<any> })[] = [
  {
    what: 'leaves its warm-up out of the options',
    caughtBy: 'is made again by its name and options',
    make: () => ({ ...mean({ multiple: 3, warmup: 40 }), options: { multiple: 3 } }),
    create: mean,
  },
  {
    what: 'fills in defaults only when made from options',
    caughtBy: 'is made again by its name and options',
    make: () => ({ ...mean(), options: {} }),
    create: mean,
  },
  {
    what: 'has no options',
    caughtBy: 'is made again by its name and options',
    make: () => answering((state) => [1, state]),
    create: () => answering((state) => [1, state]),
  },
];
