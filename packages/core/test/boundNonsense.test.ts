import { clipWith, createClipper, GradclipError, simulate } from '@gradclip/core';
import type { ClipAlert, ClipBound, ClipPolicy } from '@gradclip/core';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { checkBound } from '../src/bound.ts';
import { NONSENSE } from './support/arbitraries.ts';
import { codeOf, errorOf, unhandledRejections } from './support/errors.ts';
import { measured } from './support/measured.ts';
import { answering, eventOf } from './support/policies.ts';

const ENVELOPE = { envelope: { max: 4 } } as const;

describe('an answer that is no bound', () => {
  test.each(NONSENSE)('%s is refused', (_what, answer) => {
    expect(codeOf(() => checkBound(answer))).toBe('INVALID_BOUND');
  });

  test.each(NONSENSE)('%s is a fault, and the envelope holds instead', (_what, answer) => {
    const faulty = {
      action: 'scale',
      threshold: 4,
      factor: 0.5,
      normAfter: 4,
      reason: expect.stringContaining('answering'),
    };
    expect(
      simulate(
        answering(() => answer),
        [8],
        ENVELOPE,
      ),
    ).toMatchObject([faulty]); // 4 / 8
  });

  test.each(NONSENSE)('%s is a fault in the clipper, announced with what to do', (_what, answer) => {
    const clipper = createClipper(
      answering(() => answer),
      { ...ENVELOPE, norm: 1 },
    );
    const alerts: ClipAlert[] = [];
    clipper.alerts$.subscribe((alert) => alerts.push(alert));
    expect(clipper.decide(measured(8))).toMatchObject({ action: 'scale', normAfter: 4, proceed: true });
    expect(alerts).toMatchObject([{ code: 'POLICY_FAULT', step: 0, key: 'global', policy: 'answering' }]);
    expect(alerts[0]!.cause).toBeInstanceOf(GradclipError);
  });

  test.each(NONSENSE)('%s stops where nothing can replace it', (_what, answer) => {
    expect(
      simulate(
        answering(() => answer),
        [8, 1],
      ),
    ).toMatchObject([{ action: 'halt', normAfter: 0, factor: 1 }]);
  });

  test('is replaced by the last good threshold of its key', async () => {
    const answers = [3, Infinity, { threshold: 2, target: 1 }, 'nonsense', { factor: 0.5 }, 'nonsense'];
    const policy = answering(({ step }) => answers[step]);
    const options = { policyFaultBudget: Infinity };
    const after = simulate(policy, [8, 8, 8, 8, 8, 8], options).map((decision) => decision.normAfter);
    // The faults at steps 3 and 5 meet the threshold 2; neither Infinity nor a factor is a finite threshold.
    expect(after).toEqual([3, 8, 1, 2, 4, 2]);
    const events = [eventOf(8, 0, { key: 'a' }), eventOf(8, 3, { key: 'b' })];
    const two = await lastValueFrom(from(events).pipe(clipWith(policy, options), toArray()));
    expect(two.map(({ action }) => action)).toEqual(['scale', 'halt']);
  });

  test('says what it was and what would be right', () => {
    const { message, where, advice } = errorOf(() => checkBound({ threshold: 2, target: -1 }));
    expect(message).toContain('{ threshold: 2, target: -1 }');
    expect(message).toContain('a threshold > 0');
    expect(where).toEqual({ bound: '{ threshold: 2, target: -1 }' });
    expect(advice).toBe('Answer Infinity where the policy does not want to clip.');
  });
});

describe('a bound', () => {
  test.each<ClipBound>([
    1,
    Infinity,
    Number.MIN_VALUE,
    { threshold: Infinity, target: 1 },
    { factor: 2 },
    { clamp: 1 },
    { skip: 'why' },
  ])('%j is returned as it is', (bound) => {
    expect(checkBound(bound)).toBe(bound);
  });
});

describe('an answer that is no pair', () => {
  test.each<[what: string, answer: unknown]>([
    ['undefined', undefined],
    ['a number', 1],
    ['a bound and nothing else', [1]],
    ['three things', [1, null, null]],
    ['a text of two letters', '11'],
    ['a promise of a pair', Promise.resolve([1, null])],
    ['an iterable', new Set([1, 2])],
  ])('%s is a fault', (_what, answer) => {
    const policy = { name: 'odd', init: () => null, decide: () => answer } as unknown as ClipPolicy;
    expect(simulate(policy, [8], ENVELOPE)).toMatchObject([{ normAfter: 4, reason: expect.stringContaining('odd') }]);
  });

  test('a promise that is rejected does not end the process', async () => {
    const decide = async (): Promise<never> => Promise.reject(new Error('too late'));
    const asynchronous = { name: 'asynchronous', init: () => null, decide } as unknown as ClipPolicy;
    const halfway = answering(decide);
    const unhandled = await unhandledRejections(() => {
      expect(simulate(asynchronous, [8], ENVELOPE)).toMatchObject([{ normAfter: 4 }]);
      expect(simulate(halfway, [8], ENVELOPE)).toMatchObject([{ normAfter: 4 }]);
    });
    expect(unhandled).toEqual([]);
  });
});

describe('a clamp', () => {
  test('of a policy that did not ask for the largest element is a fault', () => {
    const policy = answering(() => ({ clamp: 1 }));
    expect(simulate(policy, [8], ENVELOPE)).toMatchObject([
      { normAfter: 4, reason: expect.stringContaining('maxAbs') },
    ]);
  });
});

describe('a policy that throws', () => {
  const hostile = {
    get message(): string {
      throw new Error('no message either');
    },
  };
  test.each<[what: string, thrown: unknown]>([
    ['an error', new Error('out of range')],
    ['a text', 'out of range'],
    ['nothing', undefined],
    ['a symbol', Symbol('out of range')],
    ['an object that is no text', Object.create(null)],
    ['an error that does not tell its message', Object.setPrototypeOf(hostile, Error.prototype)],
  ])('%s is contained', (_what, thrown) => {
    const policy = answering(() => {
      throw thrown;
    });
    expect(simulate(policy, [8], ENVELOPE)).toMatchObject([
      { normAfter: 4, reason: expect.stringContaining('answering') },
    ]);
  });

  test('in init is contained, and asked again at the next event', () => {
    let calls = 0;
    const init = (): null => {
      if (calls++ === 0) throw new Error('not yet');
      return null;
    };
    const policy: ClipPolicy<null> = { name: 'slow', init, decide: () => [2, null] };
    const after = simulate(policy, [8, 8, 8], ENVELOPE).map((decision) => decision.normAfter);
    expect(after).toEqual([4, 2, 2]);
    expect(calls).toBe(2);
  });
});
