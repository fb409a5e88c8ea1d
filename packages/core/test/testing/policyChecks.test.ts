import { definePlugin, fixed, GradclipError } from '@gradclip/core';
import type { ClipPolicy, Json, Registry } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import type { PolicyCheckOptions } from '@gradclip/core/testing';
import { describe, expect, test } from 'vitest';
import { brokenManners } from './brokenManners.ts';
import { brokenAnswers } from './brokenPolicies.ts';
import { ALL_PROMISES, brokenPromises } from './brokenPromises.ts';
import { brokenOptions, brokenStates, brokenWords } from './brokenStates.ts';
import { failuresOf, namesOf } from './failures.ts';
import { agc, binade, elementwise, geometric, largestOf, mean, normalise, skipJumps } from './referencePolicies.ts';

const sound: readonly (() => ClipPolicy<any>)[] = [
  () => fixed(1),
  () => fixed(Infinity),
  () => mean(),
  () => mean({ multiple: 0.5, warmup: 0 }),
  () => largestOf(),
  () => largestOf(7),
  () => agc,
  () => normalise,
  () => elementwise,
  () => skipJumps,
];

describe.each(sound.map((make) => ({ name: make().name, make })))('a sound policy: $name', ({ make }) => {
  test.each(policyChecks(make))('$name', ({ run }) => run());
});

test.each([() => mean(), () => largestOf(9)])(
  'a sound policy passes with other norms and another seed',
  async (make) => {
    const norms = Array.from({ length: 400 }, (_, i) => 1 + (i % 7));
    expect(namesOf(await failuresOf(policyChecks(make, { norms, seed: 12 })))).toEqual([]);
  },
);

describe('a broken policy', () => {
  const broken = [...brokenAnswers, ...brokenManners, ...brokenWords, ...brokenStates, ...brokenPromises];

  test.each(broken)('that $what', async ({ caughtBy, make, promises }) => {
    const [first] = await failuresOf(policyChecks(make, promises), 1);
    expect(first?.where['check']).toBe(caughtBy);
  });

  test.each(brokenOptions)('that $what', async ({ caughtBy, make, create }) => {
    expect(namesOf(await failuresOf(policyChecks(make)))).not.toContain(caughtBy);
    const registry = registryOf(make().name, create);
    expect(namesOf(await failuresOf(policyChecks(make, { registry })))).toEqual([caughtBy]);
  });

  test('is there for every check', () => {
    const caught = new Set([...broken, ...brokenOptions].map(({ caughtBy }) => caughtBy));
    const registry = registryOf('fixed', ({ threshold }) => fixed(threshold));
    const checks = policyChecks(() => fixed(1), { registry, ...ALL_PROMISES }).map(({ name }) => name);
    expect(checks).toEqual(expect.arrayContaining([...caught]));
    expect(caught.size).toBe(checks.length);
  });
});

const registryOf = (name: string, create: (options: any) => ClipPolicy<any>): Registry =>
  createRegistry([
    definePlugin({ meta: { name: 'test', version: '1.0.0', apiVersion: 1 }, policies: { [name]: { create } } }),
  ]);

const storing: ClipPolicy<Json> = {
  ...fixed(1),
  init: () => ({ list: [1, 2, '', [], {}], ['k'.repeat(40)]: 'x'.repeat(40) }),
};

const throwing = (message: string): ClipPolicy<null> => ({
  ...fixed(1),
  decide() {
    throw new Error(message);
  },
});

describe('a failure', () => {
  test('says what was expected, what happened, where, and what to do', async () => {
    const [failure] = await failuresOf(
      policyChecks(() => ({ ...mean(), forecast: () => 1 })),
      1,
    );
    expect(failure).toBeInstanceOf(GradclipError);
    expect(failure!.where).toMatchObject({ policy: 'mean', norms: 'constant', key: 'global', step: 0 });
    expect(failure!.message).toMatchInlineSnapshot(
      `""answers what it forecast" failed: expected 1 as it was forecast, got Infinity for the norm 1 (policy mean, norms constant, key global, step 0). Return from forecast what decide will answer at the next event, or undefined when that depends on its norm."`,
    );
  });

  test('carries what the policy threw', async () => {
    const [failure] = await failuresOf(
      policyChecks(() => throwing('no more')),
      1,
    );
    expect(failure!.cause).toEqual(new Error('no more'));
    expect(failure!.message).toContain('no more');
  });
});

describe('promises', () => {
  const kept: readonly [string, () => ClipPolicy<any>, PolicyCheckOptions][] = [
    ['fixed', () => fixed(1), { recovers: { poison: 0, shift: 0 }, stateSize: 1 }],
    ['off', () => fixed(Infinity), { equivariant: true }],
    ['a window', () => largestOf(7), { equivariant: true, recovers: { poison: 7, shift: 7 }, stateSize: 8 }],
    ['a binade', () => binade, { equivariant: 'powers of two' }],
    ['a mean of logarithms', () => geometric, { equivariant: 'rounded' }],
    ['a skip', () => skipJumps, { recovers: { poison: 2, shift: 1 }, stateSize: 1 }],
    ['clamps', () => elementwise, { recovers: { poison: 0, shift: 0 } }],
    // 1, 2, '', [] and {} are one each, 40 characters of a key another one, 40 of a text five.
    ['empty values and long names', () => storing, { stateSize: 11 }],
    ['factors', () => normalise, { recovers: { poison: 0, shift: 0 } }],
  ];

  test.each(kept)('are kept: %s', async (_, make, promises) => {
    expect(namesOf(await failuresOf(policyChecks(make, promises)))).toEqual([]);
  });

  test('that nobody made are not in the list', () => {
    const names = policyChecks(() => fixed(1)).map(({ name }) => name);
    const more = policyChecks(() => fixed(1), ALL_PROMISES).map(({ name }) => name);
    expect(more.slice(0, names.length)).toEqual(names);
    expect(more.slice(names.length)).toMatchInlineSnapshot(`
      [
        "is scale-equivariant: powers of two, bit for bit",
        "is scale-equivariant: any factor, to 1e-9",
        "recovers from one poisoned norm within 100 steps",
        "recovers from a level shift of 100 times, up and down, within 100 steps",
        "saves at most 50 values, however long the run",
      ]
    `);
  });

  test('that are broken say how far', async () => {
    const [failure] = await failuresOf(policyChecks(() => largestOf(9), { recovers: { poison: 8 } }));
    expect(failure!.where).toMatchObject({ policy: 'largest-of', norms: '1e+300 at step 0', step: 9 });
    expect(failure!.message).toMatchInlineSnapshot(
      `""recovers from one poisoned norm within 8 steps" failed: expected about 0.141 % of a norm of 1000 to be left, as without it, got 100 % (policy largest-of, norms 1e+300 at step 0, key global, step 9). Let what is recorded fade or leave a window, and record at most the threshold; or do not promise recovers.poison."`,
    );
  });
});

test('the list does not make a policy before a check runs', () => {
  const never = () => {
    throw new Error('made');
  };
  expect(policyChecks(never).length).toBeGreaterThan(25);
});

test('clocks and random numbers are put back', async () => {
  const { Date: date, performance } = globalThis;
  const { now } = performance;
  const { random } = Math;
  await failuresOf(policyChecks(() => throwing('no')));
  expect(globalThis.Date).toBe(date);
  expect(Math.random).toBe(random);
  expect(performance.now).toBe(now);
});

test.each([
  { norms: [1, NaN] },
  { norms: [-1] },
  { norms: [Infinity] },
  { norms: [undefined, 1] },
  // oxlint-disable-next-line no-sparse-arrays -- a hole is no norm
  { norms: [1, , 2] },
  { norms: ['1'] },
  { norms: 5 },
  { norms: 'abc' },
  { norms: null },
  { seed: 0.5 },
  { equivariant: 'always' },
  { recovers: 5 },
  { recovers: { poison: -1 } },
  { recovers: { shift: Infinity } },
  { recovers: { explosion: 5 } },
  { stateSize: 0 },
  { equivarient: true },
] as PolicyCheckOptions[])('refuses %o', (options) => {
  expect(() => policyChecks(() => fixed(1), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
