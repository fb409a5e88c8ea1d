import {
  cap,
  fixed,
  floor,
  largest,
  rewarm,
  simulate,
  skipAbove,
  smallest,
  switchAt,
  times,
  warmup,
} from '@gradclip/core';
import type { GradientNormEvent, PolicyLike } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { errorOf } from './support/errors.ts';
import { always, answering, eventOf, recorder } from './support/policies.ts';

describe('a clamp inside an extreme', () => {
  test.each([smallest, largest])('is a fault: the norm after it is not known', (combine) => {
    const { code, message } = errorOf(() =>
      combine(1, always({ clamp: 1 })).decide({ inner: [null, null], own: null }, eventOf(8)),
    );
    expect(code).toBe('INVALID_BOUND');
    expect(message).toContain('clamp');
  });
});

describe('every inner policy', () => {
  const list = (): GradientNormEvent[] => [];
  const norms = [1, 2, 8, 8, 8, 3, 9];

  test.each<[what: string, make: (a: PolicyLike, b: PolicyLike) => PolicyLike]>([
    ['smallest', (a, b) => smallest(a, b)],
    ['largest', (a, b) => largest(a, b)],
    ['skipAbove', (a, b) => skipAbove(a, skipAbove(b, 5))],
    ['switchAt', (a, b) => switchAt(3, a, b)],
    ['cap, floor, times', (a, b) => smallest(cap(a, 1), floor(times(b, 2), 1))],
    ['warmup and rewarm', (a, b) => smallest(warmup(a, { steps: 3 }), rewarm(cap(b, 1), { after: 2 }))],
  ])('of %s sees every event', (_what, make) => {
    const [a, b] = [list(), list()];
    simulate(make(recorder(a), recorder(b)), norms);
    expect(a.map(({ norm }) => norm)).toEqual(norms);
    expect(b.map(({ norm }) => norm)).toEqual(norms);
  });

  test('sees the event at which another one fails, wherever it stands', () => {
    const faulty = answering(({ step }) => (step === 1 ? 'nonsense' : Infinity));
    for (const order of [0, 1]) {
      const counted = recorder(list(), { decide: ({ count }) => [10 + count, { count: count + 1 }] });
      const policies = order ? [counted, faulty] : [faulty, counted];
      const options = { envelope: { max: 100 }, policyFaultBudget: Infinity };
      const thresholds = simulate(smallest(...policies), [50, 50, 50], options).map(({ threshold }) => threshold);
      // 10 of the counter, the fallback to it, then 12: the counter has seen two events.
      expect(thresholds).toEqual([10, 10, 12]);
    }
  });

  test('must answer a pair', () => {
    const odd = { ...fixed(1), decide: () => [1] as never };
    expect(simulate(cap(odd, 5), [8], { envelope: { max: 4 } })).toMatchObject([
      { normAfter: 4, reason: expect.any(String) },
    ]);
  });
});
