import type { ClipBound, GuardOptions } from '@gradclip/core';
import * as fc from 'fast-check';

/** One seed for all properties; fast-check prints it, with the counterexample, when one fails. */
export const SEED = { seed: 19_910_211 };

/** Finite norms: ordinary ones, many equal ones, zeros, and the far ends of the doubles. */
export const finiteNorm: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 10, noNaN: true }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 8 }).map((n) => n / 2) },
  { weight: 1, arbitrary: fc.constantFrom(0, Number.MIN_VALUE, 2 ** -1022, 1e-200, 1e200, Number.MAX_VALUE) },
);

/** The same, and gradients that went bad. */
export const anyNorm: fc.Arbitrary<number> = fc.oneof(
  { weight: 9, arbitrary: finiteNorm },
  { weight: 2, arbitrary: fc.constantFrom(NaN, Infinity) },
);

/** Positive numbers of many magnitudes, often the same few. */
export const positive: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map((n) => n / 2),
  fc.double({ min: 0, max: 10, minExcluded: true, noNaN: true }).map((x) => Math.max(x, 1e-30)),
  fc.integer({ min: -90, max: 90 }).map((exponent) => 2 ** exponent),
);

export const someThreshold: fc.Arbitrary<number> = fc.oneof(positive, positive, fc.constant(Infinity));

export const boundOf = {
  threshold: someThreshold,
  target: fc.record({ threshold: someThreshold, target: positive }),
  factor: fc.record({ factor: positive }),
  clamp: fc.record({ clamp: positive }),
  skip: fc.record({ skip: fc.constantFrom('too large', 'loss spike') }),
} satisfies Record<string, fc.Arbitrary<ClipBound>>;

/** Bounds that say what the norm becomes: every kind but clamp. */
export const normBound: fc.Arbitrary<ClipBound> = fc.oneof(
  { weight: 4, arbitrary: boundOf.threshold },
  { weight: 2, arbitrary: boundOf.target },
  { weight: 2, arbitrary: boundOf.factor },
  { weight: 1, arbitrary: boundOf.skip },
);

export const anyBound: fc.Arbitrary<ClipBound> = fc.oneof(
  { weight: 5, arbitrary: normBound },
  { weight: 1, arbitrary: boundOf.clamp },
);

/** Every setting of the guard, often its default. */
export const guardOptions: fc.Arbitrary<GuardOptions> = fc.record(
  {
    epsilon: fc.constantFrom(0, 1e-6, 0.5),
    onNonFinite: fc.constantFrom('skip' as const, 'pass' as const, 'throw' as const),
    nonFiniteBudget: fc.constantFrom(1, 2, 3, Infinity),
    envelope: fc.constantFrom({}, { min: 0.5 }, { max: 3 }, { min: 0.25, max: 6 }, { max: Infinity }),
    onPolicyFault: fc.constantFrom('fallback' as const, 'halt' as const),
    policyFaultBudget: fc.constantFrom(1, 2, 3, Infinity),
  },
  { requiredKeys: [] },
);

/** What is not a bound, whatever a hurried author may return. */
export const NONSENSE: readonly (readonly [what: string, answer: unknown])[] = [
  ['0', 0],
  ['-0', -0],
  ['a negative number', -1],
  ['NaN', NaN],
  ['-Infinity', -Infinity],
  ['a number as text', '1'],
  ['an array of a number', [1]],
  ['an object with valueOf', { valueOf: () => 1 }],
  ['a boxed number', Object(1)],
  ['a bigint', 1n],
  ['true', true],
  ['a promise', Promise.resolve(1)],
  ['undefined', undefined],
  ['null', null],
  ['a function', () => 1],
  ['an empty object', {}],
  ['a threshold without a target', { threshold: 1 }],
  ['a target without a threshold', { target: 1 }],
  ['a threshold and a factor', { threshold: 1, target: 1, factor: 0.5 }],
  ['a factor and a clamp', { factor: 0.5, clamp: 1 }],
  ['a factor and a target', { factor: 0.5, target: 1 }],
  ['a clamp and a skip', { clamp: 1, skip: 'because' }],
  ['a threshold of 0', { threshold: 0, target: 1 }],
  ['a threshold of NaN', { threshold: NaN, target: 1 }],
  ['a threshold as text', { threshold: '1', target: 1 }],
  ['a target of 0', { threshold: 1, target: 0 }],
  ['a target of Infinity', { threshold: 1, target: Infinity }],
  ['a target of NaN', { threshold: 1, target: NaN }],
  ['a negative target', { threshold: 1, target: -1 }],
  ['a factor of 0', { factor: 0 }],
  ['a factor of Infinity', { factor: Infinity }],
  ['a factor of NaN', { factor: NaN }],
  ['a negative factor', { factor: -1 }],
  ['a factor as text', { factor: '0.5' }],
  ['a clamp of 0', { clamp: 0 }],
  ['a clamp of Infinity', { clamp: Infinity }],
  ['a negative clamp', { clamp: -1 }],
  ['an empty reason', { skip: '' }],
  ['a reason that is not text', { skip: true }],
];
