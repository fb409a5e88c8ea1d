import { createClipper } from '@gradclip/core';
import type { Clipper } from '@gradclip/core';
import {
  auditTime,
  bufferCount,
  concatMap,
  delay,
  endWith,
  filter,
  finalize,
  groupBy,
  map,
  mergeMap,
  Observable,
  of,
  scan,
  share,
  shareReplay,
  startWith,
  switchMap,
  take,
  tap,
} from 'rxjs';
import type { Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertsOf, clipNorms, codesOf, spelled, streamOf, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const boom = (): never => {
  throw new Error('boom');
};
const streams = ['norms$', 'decisions$'] as const;
type Subscribe = (stream: Observable<unknown>) => Subscription;
type Pipe = (stream: Observable<unknown>) => Observable<unknown>;

/** What reaches the process, from now on. */
const uncaught: unknown[] = [];
const listen = (cause: unknown): void => void uncaught.push(cause);
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

beforeEach(() => {
  uncaught.length = 0;
  process.on('uncaughtException', listen);
  process.on('unhandledRejection', listen);
});
afterEach(async () => {
  await later();
  process.off('uncaughtException', listen);
  process.off('unhandledRejection', listen);
  expect(uncaught).toEqual([]);
});

/** Runs three steps beside subscribers that work, one before and one after those that fail. */
async function runWith(attach: (clipper: Clipper) => void): Promise<{ codes: readonly string[]; messages: string[] }> {
  const clipper = createClipper(2);
  const alerts = alertsOf(clipper);
  const [before, after]: unknown[][] = [[], []];
  for (const stream of streams) streamOf(clipper, stream).subscribe(({ step }) => before!.push([stream, step]));
  attach(clipper);
  for (const stream of streams) streamOf(clipper, stream).subscribe(({ step }) => after!.push([stream, step]));
  const steps = clipNorms(clipper, [1, 4, NaN]);
  await later();
  const clean = clipNorms(createClipper(2), [1, 4, NaN]);
  expect(steps.map((step) => spelled(step, ['w']))).toEqual(clean.map((step) => spelled(step, ['w'])));
  const everything = [0, 1, 2].flatMap((step) => streams.map((stream) => [stream, step]));
  expect([before, after]).toEqual([everything, everything]);
  expect(codesOf(alerts)).toContain('NON_FINITE');
  const failed = alerts.filter(({ code }) => code !== 'NON_FINITE');
  return { codes: codesOf(failed), messages: failed.map(({ message }) => message) };
}

describe('a subscriber that throws', () => {
  const ways: [name: string, subscribe: Subscribe][] = [
    ['as a function', (stream) => stream.subscribe(boom)],
    ['as an object', (stream) => stream.subscribe({ next: boom })],
    [
      'in a method of its own',
      (stream) =>
        stream.subscribe(
          new (class {
            next = () => this.fail();
            fail = boom;
          })(),
        ),
    ],
    ['later, as a promise', (stream) => stream.subscribe(async () => boom())],
    ['later, as a promise of an object', (stream) => stream.subscribe({ next: async () => boom() })],
    [
      'something that is no error',
      (stream) =>
        stream.subscribe(() => {
          throw undefined;
        }),
    ],
    [
      'something without a text',
      (stream) =>
        stream.subscribe(() => {
          throw Object.create(null);
        }),
    ],
    ['because its next is no function', (stream) => stream.subscribe({ next: 1 as never })],
  ];
  it.each(ways)('%s becomes one alert of each stream', async (_name, subscribe) => {
    const { codes, messages } = await runWith((clipper) => streams.forEach((stream) => subscribe(clipper[stream])));
    expect(codes).toEqual(['SUBSCRIBER_FAILED', 'SUBSCRIBER_FAILED']);
    expect(messages.map((text) => streams.find((stream) => text.includes(stream))).sort()).toEqual([
      'decisions$',
      'norms$',
    ]);
  });
});

describe('a chain that throws', () => {
  const inside: [name: string, pipe: Pipe][] = [
    ['map', (s) => s.pipe(map(boom))],
    ['scan', (s) => s.pipe(scan(boom, 0))],
    ['filter', (s) => s.pipe(filter(boom))],
    ['tap', (s) => s.pipe(tap(boom))],
    ['map before share', (s) => s.pipe(map(boom), share())],
    ['map behind share', (s) => s.pipe(share(), map(boom))],
    ['map behind shareReplay', (s) => s.pipe(shareReplay(1), map(boom))],
    ['mergeMap', (s) => s.pipe(mergeMap(boom))],
    ['what mergeMap makes', (s) => s.pipe(mergeMap((x) => of(x).pipe(map(boom))))],
    ['what switchMap makes', (s) => s.pipe(switchMap((x) => of(x).pipe(map(boom))))],
    ['what concatMap makes later', (s) => s.pipe(concatMap((x) => of(x).pipe(delay(1), map(boom))))],
    [
      'a group of groupBy',
      (s) =>
        s.pipe(
          groupBy(() => 1),
          mergeMap((group) => group.pipe(map(boom))),
        ),
    ],
    ['bufferCount and map', (s) => s.pipe(bufferCount(2), map(boom))],
    ['auditTime and map', (s) => s.pipe(auditTime(1), map(boom))],
    ['delay and map', (s) => s.pipe(delay(1), map(boom))],
  ];
  it.each(inside)('in %s becomes one alert', async (_name, pipe) => {
    const { codes } = await runWith((clipper) => pipe(clipper.decisions$).subscribe());
    expect(codes).toEqual(['SUBSCRIBER_FAILED']);
  });

  /** An operator as RxJS's guide says to write one. */
  const ownOperator: Pipe = (source) =>
    new Observable((subscriber) =>
      source.subscribe({ next: (x) => subscriber.next(x), complete: () => subscriber.complete() }),
    );
  const around: [name: string, pipe: Pipe][] = [
    ['map', (s) => s.pipe(map((x) => x))],
    ['share', (s) => s.pipe(share())],
    ['shareReplay', (s) => s.pipe(shareReplay(1))],
    [
      'scan, share and map',
      (s) =>
        s.pipe(
          scan((n) => n + 1, 0),
          share(),
          map((n) => n),
        ),
    ],
    ['bufferCount', (s) => s.pipe(bufferCount(2))],
    ['delay', (s) => s.pipe(delay(1))],
    ['auditTime', (s) => s.pipe(auditTime(1))],
    ['startWith', (s) => s.pipe(startWith(0))],
    ['endWith', (s) => s.pipe(endWith(0))],
    ["an operator of one's own", (s) => s.pipe(ownOperator)],
    [
      "an operator of one's own, and map",
      (s) =>
        s.pipe(
          ownOperator,
          map((x) => x),
        ),
    ],
    ['two pipes', (s) => s.pipe(ownOperator).pipe(map((x) => x))],
    ['asObservable of what was piped', (s) => s.pipe(map((x) => x)).pipe()],
  ];
  it.each(around)('in its subscriber, behind %s, becomes one alert', async (_name, pipe) => {
    const { codes } = await runWith((clipper) => pipe(clipper.decisions$).subscribe(boom));
    expect(codes).toEqual(['SUBSCRIBER_FAILED']);
  });

  it('is its own affair where it has an error handler', async () => {
    const seen: unknown[] = [];
    const { codes } = await runWith((clipper) =>
      clipper.decisions$.pipe(map(boom)).subscribe({ error: (cause: Error) => seen.push(cause.message) }),
    );
    expect([codes, seen]).toEqual([[], ['boom']]);
  });

  it('twice, once in the chain and once in its error handler, is one alert', async () => {
    const { codes } = await runWith((clipper) => clipper.decisions$.pipe(map(boom)).subscribe({ error: boom }));
    expect(codes).toEqual(['SUBSCRIBER_FAILED']);
  });
});

describe('a subscriber that throws at the end', () => {
  it.each<[name: string, subscribe: Subscribe]>([
    ['in complete', (stream) => stream.subscribe({ complete: boom })],
    ['in finalize', (stream) => stream.pipe(finalize(boom)).subscribe()],
    [
      'in a teardown',
      (stream) => {
        const s = stream.subscribe();
        s.add(boom);
        return s;
      },
    ],
  ])('%s stops neither the loop nor the other streams', (_name, subscribe) => {
    const clipper = createClipper(2);
    const completed: string[] = [];
    subscribe(clipper.norms$);
    subscribe(clipper.decisions$);
    for (const stream of streams) streamOf(clipper, stream).subscribe({ complete: () => completed.push(stream) });
    clipper.alerts$.subscribe({ complete: () => completed.push('alerts$') });
    clipper.end();
    expect(completed).toEqual(['norms$', 'decisions$', 'alerts$']);
  });

  it('of its own interest does not stop the loop', async () => {
    await runWith((clipper) => clipper.decisions$.pipe(take(2), finalize(boom)).subscribe());
  });
});

describe('a subscriber of alerts$ that throws', () => {
  const ways: [name: string, listener: () => unknown][] = [
    ['at once', boom],
    ['later', async () => boom()],
  ];
  it.each(ways)('%s hears of its own failure once, and no more', async (_name, listener) => {
    const clipper = createClipper(2);
    const heard: string[] = [];
    clipper.alerts$.subscribe(({ code }) => (heard.push(code), listener()) as never);
    const others = alertsOf(clipper);
    clipNorms(clipper, [NaN, NaN]);
    await later();
    clipNorms(clipper, [NaN]);
    await later();
    const told = [...heard].sort();
    expect(told).toEqual(['NON_FINITE', 'NON_FINITE', 'NON_FINITE', 'SUBSCRIBER_FAILED']);
    expect([...codesOf(others)].sort()).toEqual(told);
  });
});
