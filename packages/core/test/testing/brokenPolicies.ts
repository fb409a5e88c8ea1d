import type { ClipPolicy, Need, Scope } from '@gradclip/core';
import type { PolicyCheckOptions } from '@gradclip/core/testing';
import { agc, mean } from './referencePolicies.ts';
import type { MeanState, RingState } from './referencePolicies.ts';

/** A policy with one thing wrong. */
export interface Broken {
  readonly what: string;
  /** The check meant for it; no check before it in the list fails. */
  readonly caughtBy: string;
  make(): ClipPolicy<any>;
  /** What its author promises. */
  readonly promises?: PolicyCheckOptions;
}

export const meanWith = (change: Partial<ClipPolicy<any>>): ClipPolicy<any> => ({ ...mean(), ...change });
/** Without forecast, for those that answer something else. */
export const answering = (decide: ClipPolicy<any>['decide'], init: () => unknown = () => null): ClipPolicy<any> => ({
  name: 'broken',
  init,
  decide,
});

const NAME = 'has a name, init and decide';
const KNOWN = 'asks for needs and a scope that exist';
const OPTIONS = 'has options that are plain data';
const READS = 'reads only the fields it asked for';
const VALID = 'answers every event with one valid bound';

/** What they are, and what they answer. */
export const brokenAnswers: readonly Broken[] = [
  { what: 'has no name', caughtBy: NAME, make: () => meanWith({ name: '' }) },
  { what: 'explains with a constant', caughtBy: NAME, make: () => meanWith({ explain: 'the mean' as never }) },
  { what: 'throws when it is made', caughtBy: NAME, make: () => mean({ multiple: 0 }) },
  { what: 'needs what does not exist', caughtBy: KNOWN, make: () => meanWith({ needs: ['gradNorm' as Need] }) },
  { what: 'has a scope that does not exist', caughtBy: KNOWN, make: () => meanWith({ scope: 'layer' as Scope }) },
  {
    what: 'can save and not load',
    caughtBy: 'has save and load, or neither',
    make: () => meanWith({ save: (state: MeanState) => ({ ...state }) }),
  },
  {
    what: 'has a date as stateVersion',
    caughtBy: 'counts the versions of its state from 1',
    make: () => meanWith({ stateVersion: 2026.5 }),
  },
  {
    what: 'has a function among its options',
    caughtBy: OPTIONS,
    make: () => meanWith({ options: { schedule: (step: number) => step } as never }),
  },
  {
    what: 'counts in its options',
    caughtBy: OPTIONS,
    make: () => {
      const options = { seen: 0 };
      return { ...answering(() => [++options.seen, null]), options };
    },
  },
  {
    what: 'reads the loss without asking for it',
    caughtBy: READS,
    make: () => answering((state, { loss }) => [loss! < 1 ? 1 : 2, state]),
  },
  { what: 'reads the weights, and asked for maxAbs', caughtBy: READS, make: () => ({ ...agc, needs: ['maxAbs'] }) },
  { what: 'answers later', caughtBy: VALID, make: () => answering((async () => [1, null]) as never) },
  {
    what: 'fails later',
    caughtBy: VALID,
    make: () => answering((() => Promise.reject(new Error('later'))) as never),
  },
  { what: 'answers the bound alone', caughtBy: VALID, make: () => answering((() => 1) as never) },
  { what: 'answers a text', caughtBy: VALID, make: () => answering((state) => ['1' as never, state]) },
  {
    what: 'answers a factor of minus one for large norms',
    caughtBy: VALID,
    make: () => answering((state, { norm }) => [norm > 1e3 ? { factor: -1 } : { factor: 1 }, state]),
  },
  {
    what: 'answers two kinds at once',
    caughtBy: VALID,
    make: () => answering((state) => [{ threshold: 1, target: 1, factor: 1 } as never, state]),
  },
  {
    what: 'answers 0 while all norms were 0',
    caughtBy: VALID,
    make: () =>
      answering(
        (state: MeanState, event) => [state.seen < 5 ? Infinity : state.mean, mean().decide(state, event)[1]],
        mean().init as () => MeanState,
      ),
  },
  {
    what: 'throws when its window is full',
    caughtBy: VALID,
    make: () =>
      answering(
        (state: RingState) => {
          if (++state.seen > 1_500) throw new RangeError('the window is full');
          return [state.seen, state];
        },
        () => ({ seen: 0 }),
      ),
  },
  {
    what: 'clamps without asking for maxAbs',
    caughtBy: 'asks for maxAbs when it answers a clamp',
    make: () => answering((state) => [{ clamp: 1 }, state]),
  },
];
