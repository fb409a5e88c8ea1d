import { clipWith, createClipper, simulate, warmup } from '@gradclip/core';
import type {
  ClipAlert,
  ClipDecision,
  ClipPolicy,
  GradclipError,
  GradientNormEvent,
  Measurement,
  PolicyLike,
} from '@gradclip/core';
import { from, lastValueFrom, map, mergeMap, Subject, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf, uncaughtExceptions } from './support/errors.ts';
import { measured } from './support/measured.ts';
import { answering, eventOf, eventsOf, recorder, ring, script } from './support/policies.ts';

const collect = (decisions$: Observable<ClipDecision>): Promise<ClipDecision[]> =>
  lastValueFrom(decisions$.pipe(toArray()));
const at = (key: string, step: number, norm: number): GradientNormEvent => eventOf(norm, step, { key });

function outcome(
  policy: PolicyLike,
  events: readonly GradientNormEvent[],
  options = {},
): { actions: string[]; error?: GradclipError } {
  const actions: string[] = [];
  const result: { actions: string[]; error?: GradclipError } = { actions };
  from(events)
    .pipe(clipWith(policy, options))
    .subscribe({ next: ({ action }) => actions.push(action), error: (cause: GradclipError) => (result.error = cause) });
  return result;
}

describe('clipWith', () => {
  test('starts every subscription afresh', async () => {
    const decisions$ = from(eventsOf([1, 2, 3])).pipe(clipWith(ring(5)));
    const [first, second] = [await collect(decisions$), await collect(decisions$)];
    expect(first.map(({ threshold }) => threshold)).toEqual([Infinity, 1, 2]);
    expect(second).toEqual(first);
  });

  test('serves two streams with one operator', () => {
    const operator = clipWith(script([1, 2, 3]));
    const [a, b] = [new Subject<GradientNormEvent>(), new Subject<GradientNormEvent>()];
    const seen: (string | number)[] = [];
    a.pipe(operator).subscribe(({ threshold }) => seen.push('a', threshold));
    b.pipe(operator).subscribe(({ threshold }) => seen.push('b', threshold));
    a.next(eventOf(8, 0));
    a.next(eventOf(8, 1));
    b.next(eventOf(8, 0));
    expect(seen).toEqual(['a', 1, 'a', 2, 'b', 1]);
  });

  test('gives each key a state of its own, and each decision the step of its event', async () => {
    const events = [at('a', 10, 1), at('b', 10, 5), at('a', 13, 2), at('b', 13, 6)];
    const decisions = await collect(from(events).pipe(clipWith(ring(5))));
    expect(decisions.map(({ key, step, basedOn, threshold }) => [key, step, basedOn, threshold])).toEqual([
      ['a', 10, 10, Infinity],
      ['b', 10, 10, Infinity],
      ['a', 13, 13, 1],
      ['b', 13, 13, 5],
    ]);
  });

  test('decides each key as a list of its own norms', async () => {
    const norms = { a: [1, 5, 2, 8], b: [4, 4, 9, 1], c: [0, 3, 0, 7] };
    const events = [0, 1, 2, 3].flatMap((step) =>
      Object.entries(norms).map(([key, list]) => at(key, step, list[step]!)),
    );
    const decisions = await collect(from(events).pipe(clipWith(ring(2))));
    for (const [key, list] of Object.entries(norms))
      expect(decisions.filter((decision) => decision.key === key)).toEqual(
        simulate(ring(2), list).map((one) => ({ ...one, key })),
      );
  });

  test('skips a key alone', () => {
    const policy = answering(({ key }) => (key === 'a' ? { skip: 'a' } : 1));
    expect(outcome(policy, [at('a', 0, 8), at('b', 0, 8)]).actions).toEqual(['skip', 'scale']);
  });

  test('does not warm up by skipping on a stream that it joins late', () => {
    const policy = warmup(1, { steps: 1, until: { skip: 'calibrating' } });
    expect(outcome(policy, [at('a', 0, 8), at('b', 3, 8), at('b', 4, 8)]).actions).toEqual(['skip', 'pass', 'scale']);
  });

  test('shows a policy an event that it cannot spoil for others', async () => {
    const vandal: ClipPolicy<null> = {
      name: 'vandal',
      init: () => null,
      decide(_state, event) {
        Object.assign(event, { norm: 0.001, key: 'other', step: 99 });
        return [1, null];
      },
    };
    const event = Object.freeze(eventOf(8, 2));
    expect(await collect(from([event]).pipe(clipWith(vandal)))).toMatchObject([
      { step: 2, key: 'global', norm: 8, factor: 0.125 },
    ]);
  });

  test('shows a policy every field it needs, and finite norms only', async () => {
    const seen: GradientNormEvent[] = [];
    const policy = recorder(seen, { needs: ['loss', 'maxAbs'] });
    const events = [
      eventOf(1, 0, { loss: 2, maxAbs: 1 }),
      eventOf(NaN, 1, { loss: 2, maxAbs: 1 }),
      eventOf(3, 2, { loss: NaN, maxAbs: 1 }),
    ];
    const decisions = await collect(from(events).pipe(clipWith(policy)));
    expect(seen).toMatchObject([{ step: 0, norm: 1, size: 1, loss: 2, maxAbs: 1 }]);
    // A loss that is not finite makes a bad step for a policy that looks at it.
    expect(decisions.map(({ action }) => action)).toEqual(['pass', 'skip', 'skip']);
  });

  test('clamps where the event has the largest element', async () => {
    const policy = { ...answering(() => ({ clamp: 2 })), needs: ['maxAbs'] as const };
    const decisions = await collect(
      from([eventOf(8, 0, { maxAbs: 3 }), eventOf(8, 1, { maxAbs: 2 })]).pipe(clipWith(policy)),
    );
    expect(decisions).toMatchObject([
      { action: 'clamp', factor: 1, threshold: Infinity, normAfter: NaN },
      { action: 'pass', factor: 1, threshold: Infinity, normAfter: 8 },
    ]);
  });
});

describe('the budget of bad steps', () => {
  test.each([
    ['last', ['a', 'bad']],
    ['first', ['bad', 'a']],
    ['in the middle', ['a', 'bad', 'b']],
  ])('counts steps in which a key was bad, also when it comes %s', (_where, keys) => {
    const events = [0, 1, 2, 3].flatMap((step) => keys.map((key) => at(key, step, key === 'bad' ? NaN : 1)));
    const { actions, error } = outcome(1, events, { nonFiniteBudget: 3 });
    const whole = keys.map((key) => (key === 'bad' ? 'skip' : 'pass'));
    const upToBad = keys.slice(0, keys.indexOf('bad')).map(() => 'pass');
    expect(actions).toEqual([...whole, ...whole, ...upToBad, 'halt']);
    expect(error).toMatchObject({ code: 'HALTED' });
  });

  test('starts again after a step without a bad key', () => {
    const events = [NaN, 1, NaN, NaN, 1].flatMap((norm, step) => [
      at('a', step, 1),
      at('b', step, norm),
      at('c', step, norm),
    ]);
    expect(outcome(1, events, { nonFiniteBudget: 3 }).actions).not.toContain('halt');
  });
});

describe('what ends the stream is a notification', () => {
  test.each<[what: string, code: string, policy: PolicyLike, events: GradientNormEvent[], options: object]>([
    ['a bad norm that must throw', 'NON_FINITE', 1, [eventOf(NaN)], { onNonFinite: 'throw' }],
    ['an event after a halt', 'HALTED', 1, [eventOf(NaN, 0), eventOf(1, 1)], { nonFiniteBudget: 1 }],
    ['a field that is not there', 'INVALID_EVENT', recorder([], { needs: ['weightNorm'] }), [eventOf(1)], {}],
    [
      'a field that is not a number',
      'INVALID_EVENT',
      recorder([], { needs: ['loss'] }),
      [eventOf(1, 0, { loss: '2' as never })],
      {},
    ],
  ])('%s', (_what, code, policy, events, options) => {
    expect(outcome(policy, events, options).error).toMatchObject({ code });
  });

  test('and says why it had halted', () => {
    const broken = answering(() => NaN, 'broken');
    const { error } = outcome(broken, [eventOf(1, 4), eventOf(1, 5)], { onPolicyFault: 'halt' });
    expect(error).toMatchObject({ code: 'HALTED', where: { step: 4 }, message: expect.stringContaining('broken') });
    const bad = outcome(1, [eventOf(NaN, 0), eventOf(1, 1)], { nonFiniteBudget: 1 }).error;
    expect(bad!.message).toContain('not finite');
  });

  test('while wrong arguments throw at once', () => {
    expect(codeOf(() => clipWith('percentile' as never))).toBe('INVALID_POLICY');
    expect(codeOf(() => clipWith(0))).toBe('INVALID_OPTION');
  });
});

describe('behind the streams of a clipper', () => {
  test('a policy that watches decides as one that clips', async () => {
    const clipper = createClipper(Infinity, { norm: 1 });
    const watched = collect(clipper.norms$.pipe(clipWith(ring(3))));
    const norms = [1, 4, 2, 0, 9, 3];
    for (const norm of norms) clipper.decide(measured(norm));
    clipper.end();
    expect(await watched).toEqual(simulate(ring(3), norms));
  });

  test.each<[what: string, thrown: unknown]>([
    ['an error', new Error('no disk')],
    ['nothing', undefined],
    ['an object that is no text', Object.create(null)],
  ])('a subscriber that throws %s neither stops the loop nor ends the process', async (_what, thrown) => {
    const clipper = createClipper(2, { norm: 1 });
    const alerts: ClipAlert[] = [];
    clipper.alerts$.subscribe((alert) => alerts.push(alert));
    let calls = 0;
    const subscriber = (): void => {
      calls++;
      throw thrown;
    };
    clipper.norms$.pipe(clipWith(1)).subscribe(subscriber);
    clipper.decisions$
      .pipe(
        mergeMap(({ decisions }) => decisions),
        map(({ step, norm }) => eventOf(norm, step)),
        clipWith(1),
      )
      .subscribe({ next: subscriber });
    const uncaught = await uncaughtExceptions(() => {
      for (const norm of [1, 8, 4]) expect(clipper.decide(measured(norm))).toMatchObject({ proceed: true });
    });
    expect(uncaught).toEqual([]);
    expect(calls).toBe(6);
    expect(alerts.map(({ code }) => code)).toEqual(['SUBSCRIBER_FAILED', 'SUBSCRIBER_FAILED']);
  });

  test('an error that nobody handles becomes an alert, and other subscribers go on', async () => {
    const clipper = createClipper(2, { norm: 1, nonFiniteBudget: Infinity });
    const codes: string[] = [];
    clipper.alerts$.subscribe(({ code }) => codes.push(code));
    let seen = 0;
    clipper.norms$.pipe(clipWith(1, { onNonFinite: 'throw' })).subscribe(() => {});
    clipper.norms$.pipe(clipWith(1)).subscribe(() => seen++);
    const uncaught = await uncaughtExceptions(() => {
      for (const norm of [1, NaN, 4]) clipper.decide(measured(norm) satisfies Measurement);
    });
    expect(uncaught).toEqual([]);
    expect(seen).toBe(3);
    expect(codes.filter((code) => code === 'SUBSCRIBER_FAILED')).toHaveLength(1);
  });
});
