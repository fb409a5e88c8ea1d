import { createClipper, fromOperator, simulate } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent } from '@gradclip/core';
import { map, pairwise, startWith } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf } from './support/errors.ts';
import { highest, largestOf } from './support/chains.ts';
import type { Chain } from './support/chains.ts';
import { measured } from './support/measured.ts';
import { answers, eventOf } from './support/policies.ts';

const ENVELOPE = { envelope: { max: 4 }, policyFaultBudget: Infinity } as const;
const actions = (policy: ClipPolicy<any>, norms: number[]): unknown[] =>
  simulate(policy, norms, ENVELOPE).map(({ threshold, reason }) => (reason === undefined ? threshold : 'fault'));

describe('a chain', () => {
  test('decides with one bound per event', () => {
    expect(simulate(highest(2), [3, 1, 2, 8]).map(({ threshold }) => threshold)).toEqual([3, 3, 2, 8]);
  });

  test('runs once a key, and sees the events of its key', () => {
    const policy = highest(5);
    const [a, b] = [answers(policy, [eventOf(7), eventOf(1, 1)]), answers(policy, [eventOf(2)])];
    expect([a.bounds, b.bounds]).toEqual([[7, 7], [2]]);
  });

  test('may keep its events: they are its own', () => {
    const kept: GradientNormEvent[] = [];
    const keeping: Chain = (norms$) => norms$.pipe(map((event) => kept.push(event) as ClipBound));
    const clipper = createClipper(fromOperator('keeping', keeping, { replay: 0 }), { norm: 1 });
    for (const norm of [1, 2, 3]) clipper.decide(measured(norm));
    expect(kept.map(({ norm, step }) => [norm, step])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
  });

  test('answers until before it has begun', () => {
    const chain: Chain = (norms$) =>
      norms$.pipe(
        pairwise(),
        map(([before]) => before.norm),
      );
    expect(actions(fromOperator('last', chain, { replay: 1 }), [3, 2, 1])).toEqual([4, 3, 2]); // Infinity, within the envelope
    expect(actions(fromOperator('last', chain, { replay: 1, until: 1 }), [3, 2, 1])).toEqual([1, 3, 2]);
    const skipping = fromOperator('last', chain, { replay: 1, until: { skip: 'not begun' } });
    expect(simulate(skipping, [3, 2]).map(({ action }) => action)).toEqual(['skip', 'pass']);
  });

  test('that says something before the first event is not yet asked', () => {
    const chain: Chain = (norms$) =>
      norms$.pipe(
        map(({ norm }) => norm),
        startWith(9),
      );
    expect(actions(fromOperator('early', chain, { replay: 0 }), [3, 2])).toEqual([3, 2]);
  });

  test('has no forecast and no options', () => {
    expect(highest(2)).not.toHaveProperty('forecast');
    expect(highest(2)).not.toHaveProperty('options');
  });
});

test.each<[what: string, make: () => unknown, code: string]>([
  ['an empty name', () => fromOperator('', largestOf(1), { replay: 1 }), 'INVALID_OPTION'],
  ['no function', () => fromOperator('x', 1 as never, { replay: 1 }), 'INVALID_OPTION'],
  ['a negative replay', () => fromOperator('x', largestOf(1), { replay: -1 }), 'INVALID_OPTION'],
  ['an endless replay', () => fromOperator('x', largestOf(1), { replay: Infinity }), 'INVALID_OPTION'],
  ['an until that is no bound', () => fromOperator('x', largestOf(1), { replay: 1, until: 0 }), 'INVALID_BOUND'],
])('fromOperator refuses %s', (_what, make, code) => {
  expect(codeOf(make)).toBe(code);
});
