import { fromOperator, simulate } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { bufferCount, concatMap, delay, EMPTY, filter, map, mergeMap, of, take, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf, errorOf, uncaughtExceptions } from './support/errors.ts';
import type { Chain } from './support/chains.ts';
import { eventOf } from './support/policies.ts';

const ENVELOPE = { envelope: { max: 4 }, policyFaultBudget: Infinity } as const;
const actions = (policy: ClipPolicy<any>, norms: number[]): unknown[] =>
  simulate(policy, norms, ENVELOPE).map(({ threshold, reason }) => (reason === undefined ? threshold : 'fault'));

describe('a chain is at fault', () => {
  test.each<[what: string, chain: Chain, expected: unknown[]]>([
    [
      'when it answers nothing once it has begun',
      (norms$) =>
        norms$.pipe(
          filter(({ norm }) => norm < 3),
          map(() => 2),
        ),
      [2, 'fault', 2, 'fault'],
    ],
    ['when it answers twice', (norms$) => norms$.pipe(mergeMap(() => of(2, 3))), ['fault', 'fault', 'fault', 'fault']],
    [
      'when it answers in bundles',
      (norms$) =>
        norms$.pipe(
          bufferCount(2),
          concatMap(() => [1, 2]),
        ),
      [4, 'fault', 'fault', 'fault'],
    ],
    [
      'when it answers nonsense',
      (norms$) => norms$.pipe(map(({ norm }) => (norm < 3 ? 2 : -1))),
      [2, 'fault', 2, 'fault'],
    ],
    [
      'when it throws',
      (norms$) =>
        norms$.pipe(
          map(({ step }) => {
            if (step) throw new Error('no');
            return 2;
          }),
        ),
      [2, 'fault', 'fault', 'fault'],
    ],
    ['when it ends with an error', () => throwError(() => new Error('no')), ['fault', 'fault', 'fault', 'fault']],
    ['when it completes at once', () => EMPTY, ['fault', 'fault', 'fault', 'fault']],
    ['when it is no chain', (() => 2) as never, ['fault', 'fault', 'fault', 'fault']],
    [
      'when making it throws',
      () => {
        throw new Error('no');
      },
      ['fault', 'fault', 'fault', 'fault'],
    ],
  ])('%s', (_what, chain, expected) => {
    expect(actions(fromOperator('odd', chain, { replay: 2 }), [1, 5, 1, 5])).toEqual(expected);
  });

  test('when it stops after some events', () => {
    const seen = actions(
      fromOperator(
        'short',
        (norms$) =>
          norms$.pipe(
            map(() => 2),
            take(2),
          ),
        { replay: 9 },
      ),
      [1, 5, 1, 5],
    );
    expect(seen[0]).toBe(2);
    expect(seen.slice(2)).toEqual(['fault', 'fault']);
  });

  test('and the fault says what to use instead', () => {
    const policy = fromOperator('odd', (norms$) => norms$.pipe(mergeMap(() => of(2, 3))), { replay: 0 });
    const error = errorOf(() => policy.decide(policy.init('global'), eventOf(1)));
    expect(error).toMatchObject({ code: 'INVALID_BOUND', where: { policy: 'odd', count: 2 } });
    expect(error.advice).toContain('once per event, synchronously');
  });

  test('when it answers later, as soon as that is seen', async () => {
    const policy = fromOperator(
      'late',
      (norms$) =>
        norms$.pipe(
          map(() => 2),
          delay(0),
        ),
      { replay: 0 },
    );
    const state = policy.init('global');
    // Nothing is known against it at the first event; its answer then comes too late for any.
    expect(policy.decide(state, eventOf(8))[0]).toBe(Infinity);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(codeOf(() => policy.decide(state, eventOf(8, 1)))).toBe('INVALID_BOUND');
  });

  test('when it answers on time and later once more', async () => {
    const chain: Chain = (norms$) =>
      norms$.pipe(
        mergeMap(() => [of(2), of(3).pipe(delay(0))]),
        mergeMap((one) => one),
      );
    const policy = fromOperator('both', chain, { replay: 0 });
    const state = policy.init('global');
    expect(policy.decide(state, eventOf(8))[0]).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(codeOf(() => policy.decide(state, eventOf(8, 1)))).toBe('INVALID_BOUND');
  });

  test('and ends no process', async () => {
    const uncaught = await uncaughtExceptions(() => {
      const throwing: Chain = (norms$) =>
        norms$.pipe(
          map(() => {
            throw new Error('no');
          }),
        );
      simulate(fromOperator('odd', throwing, { replay: 2 }), [1, 2, 3], ENVELOPE);
    });
    expect(uncaught).toEqual([]);
  });
});
