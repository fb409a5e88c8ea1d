import { definePlugin, GradclipError } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { stageChecks } from '@gradclip/core/testing';
import type { StageCheckOptions } from '@gradclip/core/testing';
import { describe, expect, test } from 'vitest';
import { brokenSavedStages, brokenStages, momentumWith } from './brokenStages.ts';
import { failuresOf, namesOf } from './failures.ts';
import { carrying, momentum, signs } from './referenceStages.ts';

const registryOf = (create: (options: any) => GradientStage<any>) =>
  createRegistry([
    definePlugin({
      meta: { name: 'test', version: '1.0.0', apiVersion: 1 },
      policies: {},
      stages: { momentum: { create }, carrying: { create: () => carrying } },
    }),
  ]);
const registry = registryOf(momentum);
const ALL: StageCheckOptions = { registry, stateSize: (length) => length + 1 };

const sound: readonly [string, () => GradientStage<any>, StageCheckOptions][] = [
  ['momentum', () => momentum(), ALL],
  ['momentum, another seed', () => momentum({ beta: 0.5 }), { ...ALL, seed: 12 }],
  // A list of no elements is one value.
  ['carrying', () => carrying, { stateSize: (length) => Math.max(2, length + 1) }],
  ['signs', () => signs, { stateSize: () => 1 }],
];

describe.each(sound)('a sound stage: %s', (_, make, options) => {
  test.each(stageChecks(make, options))('$name', ({ run }) => run());
});

describe('a broken stage', () => {
  const broken = [...brokenStages, ...brokenSavedStages];

  test.each(broken)('that $what', async ({ caughtBy, make, options }) => {
    const [first] = await failuresOf(stageChecks(make, options), 1);
    expect(first?.where['check']).toBe(caughtBy);
  });

  test.each([
    [
      'leaves a number out of its options',
      () => momentumWith({ options: {}, transform: momentum({ beta: 0.5 }).transform }),
    ],
    ['has no options', () => carrying],
  ])('that %s', async (_, make) => {
    expect(namesOf(await failuresOf(stageChecks(make)))).toEqual([]);
    expect(namesOf(await failuresOf(stageChecks(make, { registry })))).toEqual([
      'is made again by its name and options',
    ]);
  });

  test('that a plugin makes with other options', async () => {
    const other = registryOf(() => momentum({ beta: 0.5 }));
    const failures = await failuresOf(stageChecks(() => momentum(), { registry: other }));
    expect(namesOf(failures)).toEqual(['is made again by its name and options']);
    expect(failures[0]!.message).toContain('expected the options {"beta":0.9}, got {"beta":0.5}');
  });

  test('is there for every check', () => {
    const caught = new Set([...broken.map(({ caughtBy }) => caughtBy), 'is made again by its name and options']);
    expect(
      stageChecks(() => momentum(), ALL)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([...caught].toSorted());
  });
});

test('a failure says what was expected, what happened, where, and what to do', async () => {
  const make = () => momentumWith({ transform: (_, gradient, step) => void (step === 7 && gradient.fill(NaN)) });
  const [failure] = await failuresOf(stageChecks(make), 1);
  expect(failure).toBeInstanceOf(GradclipError);
  expect(failure!.where).toMatchObject({
    stage: 'momentum',
    gradients: 'constant, float32',
    tensor: 'dense/kernel',
    step: 7,
  });
  expect(failure!.message).toMatchInlineSnapshot(
    `""makes finite gradients of finite ones" failed: expected finite elements of finite ones, got NaN for element 0, 0.5 (stage momentum, gradients constant, float32, tensor dense/kernel, step 7). Guard divisions and roots: elements may be 0, in a tensor and over all steps."`,
  );
});

test('a failure carries what the stage threw', async () => {
  const make = () => momentumWith({ init: () => expect.unreachable('no more') });
  const [failure] = await failuresOf(stageChecks(make), 1);
  expect(failure!.message).toContain('no more');
  expect(failure!.cause).toBeInstanceOf(Error);
});

test('the list does not make a stage before a check runs', () => {
  expect(stageChecks(() => expect.unreachable()).length).toBeGreaterThan(15);
});

test.each([
  { seed: 0.5 },
  { stateSize: 6 },
  { stateSize: () => Infinity },
  { stateSice: () => 6 },
] as never as StageCheckOptions[])('refuses %o', (options) => {
  expect(() => stageChecks(() => signs, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
