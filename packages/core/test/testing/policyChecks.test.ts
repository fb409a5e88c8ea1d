import { definePlugin, fixed, GradclipError } from '@gradclip/core';
import type { ClipPolicy, Registry } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { describe, expect, test } from 'vitest';
import { brokenManners } from './brokenManners.ts';
import { brokenAnswers } from './brokenPolicies.ts';
import { brokenOptions, brokenStates, brokenWords } from './brokenStates.ts';
import { failuresOf, namesOf } from './failures.ts';
import { agc, elementwise, largestOf, mean, normalise, skipJumps } from './referencePolicies.ts';

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
  const broken = [...brokenAnswers, ...brokenManners, ...brokenWords, ...brokenStates];

  test.each(broken)('that $what', async ({ caughtBy, make }) => {
    const [first] = await failuresOf(policyChecks(make), 1);
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
    expect(policyChecks(() => fixed(1), { registry }).map(({ name }) => name)).toEqual(
      expect.arrayContaining([...caught]),
    );
    expect(caught.size).toBe(policyChecks(() => fixed(1), { registry }).length);
  });
});

const registryOf = (name: string, create: (options: any) => ClipPolicy<any>): Registry =>
  createRegistry([
    definePlugin({ meta: { name: 'test', version: '1.0.0', apiVersion: 1 }, policies: { [name]: { create } } }),
  ]);

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

test('the list does not make a policy before a check runs', () => {
  const never = () => {
    throw new Error('made');
  };
  expect(policyChecks(never).length).toBeGreaterThan(25);
});

test('clocks and random numbers are put back', async () => {
  const { Date: date, performance } = globalThis;
  const { random } = Math;
  await failuresOf(policyChecks(() => throwing('no')));
  expect(globalThis.Date).toBe(date);
  expect(Math.random).toBe(random);
  expect(performance.now()).toBeLessThan(performance.now() + 1);
});

test.each([{ norms: [1, NaN] }, { norms: [-1] }, { norms: [Infinity] }, { seed: 0.5 }])('refuses %o', (options) => {
  expect(() => policyChecks(() => fixed(1), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
