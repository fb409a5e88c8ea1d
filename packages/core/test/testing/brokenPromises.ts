import type { PolicyCheckOptions } from '@gradclip/core/testing';
import { fixed } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { answering } from './brokenPolicies.ts';
import type { Broken } from './brokenPolicies.ts';
import { binade, geometric, largestOf, mean } from './referencePolicies.ts';

/** One of each, for a list with every check in it. */
export const ALL_PROMISES: PolicyCheckOptions = {
  equivariant: true,
  recovers: { poison: 100, shift: 100 },
  stateSize: 50,
};

const EXACT = 'is scale-equivariant: powers of two, bit for bit';
const ROUNDED = 'is scale-equivariant: any factor, to 1e-9';
const POISON = 'recovers from one poisoned norm within 100 steps';
const SHIFT = 'recovers from a level shift of 100 times, up and down, within 100 steps';
const SIZE = 'saves at most 50 values, however long the run';

type Level = { level: number };
const following = (next: (level: number, norm: number) => number) =>
  answering(
    ({ level }: Level, { norm }) => [2 * level || Infinity, { level: next(level, norm) }],
    () => ({ level: 0 }),
  );

/** What they are behind a guard, how they fare with extremes, and what their authors promise in vain. */
export const brokenPromises: readonly Broken[] = [
  {
    what: 'wants a value in every field of an event',
    caughtBy: 'answers in a clipper as alone, whatever NaN and Infinity come between',
    make: () =>
      answering((state, event) => {
        if (Object.values(event).includes(undefined)) throw new TypeError('a field is undefined');
        return [1, state];
      }),
  },
  {
    what: 'saves with JSON.stringify',
    caughtBy: 'goes on as before when every step is restored amid the smallest and the largest norms',
    make: () => ({
      ...answering(
        ({ square }: { square: number }, { norm }) => [
          2 * Math.sqrt(square) || Infinity,
          { square: 0.9 * square + 0.1 * norm * norm },
        ],
        () => ({ square: 0 }),
      ),
      save: (state) => JSON.stringify(state),
      load: (text) => JSON.parse(text as string) as { square: number },
    }),
  },
  { what: 'has a unit', caughtBy: EXACT, make: () => fixed(1), promises: { equivariant: true } },
  {
    what: 'adds an epsilon',
    caughtBy: EXACT,
    make: () => following((_, norm) => norm + 1e-8),
    promises: { equivariant: 'powers of two' },
  },
  { what: 'takes logarithms', caughtBy: EXACT, make: () => geometric, promises: { equivariant: true } },
  { what: 'knows powers of two alone', caughtBy: ROUNDED, make: () => binade, promises: { equivariant: true } },
  {
    what: 'has a factor that depends on the unit',
    caughtBy: ROUNDED,
    make: () => answering((state, { norm }) => [{ factor: 1 / (1 + Math.min(norm, 1e9)) }, state]),
    promises: { equivariant: 'rounded' },
  },
  {
    what: 'skips what is large in its unit',
    caughtBy: ROUNDED,
    make: () => answering((state, { norm }) => [norm > 5 ? { skip: 'a spike' } : Infinity, state]),
    promises: { equivariant: 'rounded' },
  },
  {
    what: 'clips what is large in its unit',
    caughtBy: ROUNDED,
    make: () => answering((state, { norm }) => [norm < 2 ? 5 : Infinity, state]),
    promises: { equivariant: 'rounded' },
  },
  {
    what: 'never forgets the largest norm',
    caughtBy: POISON,
    make: () => following(Math.max),
    promises: { recovers: { poison: 100 } },
  },
  {
    what: 'never forgets the smallest norm above 0',
    caughtBy: POISON,
    make: () => following((level, norm) => (level && norm ? Math.min(level, norm) : level || norm)),
    promises: { recovers: { poison: 100 } },
  },
  {
    what: 'hides behind its warm-up what it recorded there',
    caughtBy: POISON,
    make: () =>
      answering(
        ({ seen, least }: { seen: number; least: number }, { norm }) => [
          seen < 400 ? 5 : 5 * least,
          { seen: seen + 1, least: seen < 400 && norm > 0 ? Math.min(least, norm) : least },
        ],
        () => ({ seen: 0, least: Number.MAX_VALUE / 10 }),
      ),
    promises: { recovers: { poison: 100 } },
  },
  {
    what: 'skips all after a spike',
    caughtBy: POISON,
    make: () =>
      answering(
        ({ level }: Level, { norm }) => [level > 1e6 ? { skip: 'still' } : 10, { level: Math.max(level, norm) }],
        () => ({ level: 0 }),
      ),
    promises: { recovers: { poison: 100 } },
  },
  {
    what: 'has too long a window',
    caughtBy: POISON,
    make: () => largestOf(102),
    promises: { recovers: { poison: 100 } },
  },
  {
    what: 'records what it accepted',
    caughtBy: SHIFT,
    make: () => following((level, norm) => (level === 0 || norm <= 2 * level ? level + (norm - level) / 5 : level)),
    promises: { recovers: { shift: 100 } },
  },
  {
    what: 'follows downward alone',
    caughtBy: SHIFT,
    make: () => following((level, norm) => Math.min(level || norm || 1, 1.001 * (norm || level || 1))),
    promises: { recovers: { shift: 100 } },
  },
  { what: 'is a mean of everything', caughtBy: SHIFT, make: () => mean(), promises: { recovers: { shift: 100 } } },
  { what: 'has a window too large', caughtBy: SIZE, make: () => largestOf(50), promises: { stateSize: 50 } },
  {
    what: 'keeps an empty list of every norm',
    caughtBy: SIZE,
    make: () =>
      answering(
        (state: readonly Json[]) => [1, [...state, []]],
        () => [],
      ),
    promises: { stateSize: 50 },
  },
  {
    what: 'writes what it has seen into a key',
    caughtBy: SIZE,
    make: () =>
      answering(
        (state: Readonly<Record<string, number>>) => [1, { [`${Object.keys(state)[0]}.`]: 1 }],
        () => ({ seen: 1 }),
      ),
    promises: { stateSize: 50 },
  },
  {
    what: 'keeps a text of all it has seen',
    caughtBy: SIZE,
    make: () =>
      answering(
        (state: string) => [1, `${state}.`],
        () => '',
      ),
    promises: { stateSize: 50 },
  },
];
