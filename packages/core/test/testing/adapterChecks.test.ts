import { GradclipError } from '@gradclip/core';
import { adapterChecks } from '@gradclip/core/testing';
import { describe, expect, test } from 'vitest';
import { brokenNumbers } from './brokenNumbers.ts';
import { brokenStops } from './brokenStops.ts';
import { failuresOf } from './failures.ts';
import { adapterWith, parts } from './referenceAdapter.ts';

describe('a sound adapter', () => {
  test.each(adapterChecks(adapterWith()))('$name', ({ run }) => run());

  const later = adapterWith({
    async clip(gradients, clipper, own) {
      await Promise.resolve();
      return parts.clip(gradients, clipper, own);
    },
  });
  test.each(adapterChecks(later))('that answers later: $name', ({ run }) => run());
});

describe('a broken adapter', () => {
  const brokenAdapters = [...brokenNumbers, ...brokenStops];

  test.each(brokenAdapters)('that $what', async ({ caughtBy, change }) => {
    const [first] = await failuresOf(adapterChecks(adapterWith(change)), 1);
    expect(first?.where['check']).toBe(caughtBy);
  });

  test('is there for every check', () => {
    const caught = new Set(brokenAdapters.map(({ caughtBy }) => caughtBy));
    expect(
      adapterChecks(adapterWith())
        .map(({ name }) => name)
        .filter((name) => !caught.has(name)),
    ).toEqual([]);
  });
});

test('a failure says what was expected, what happened, where, and what to do', async () => {
  const broken = adapterWith({ apply: () => {} });
  const [failure] = await failuresOf(adapterChecks(broken), 1);
  expect(failure).toBeInstanceOf(GradclipError);
  expect(failure!.message).toMatchInlineSnapshot(
    `""clips down to the threshold" failed: expected a norm of 1 after the clip, got 5.143469022444112. Multiply every element by the factor of the decision; round the factor towards zero where it must be float32."`,
  );
});

test.each([
  ['sound', {}],
  ['broken', { apply: () => {} }],
  [
    'throwing',
    {
      clip: () => {
        throw new Error('no');
      },
    },
  ],
])('whatever was made is disposed of: %s', async (_, change) => {
  const alive = new Set<unknown>();
  const adapter = adapterWith(change);
  const counting = {
    ...adapter,
    make(tensors: Parameters<typeof adapter.make>[0]) {
      const made = adapter.make(tensors);
      alive.add(made);
      return made;
    },
    dispose: (gradients: unknown) => alive.delete(gradients),
  };
  await failuresOf(adapterChecks(counting));
  expect(alive.size).toBe(0);
});
