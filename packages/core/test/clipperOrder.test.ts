import { createClipper, encode } from '@gradclip/core';
import type { Clipper, Measurement } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answering,
  clip,
  clipNorms,
  codeOf,
  errorOf,
  measure,
  spelledState,
  spelledStats,
  streamOf,
  withoutWarnings,
} from './support/clipper.ts';

withoutWarnings();

const counting = () => answering((_, seen) => seen + 1, { forecast: ({ seen }) => seen + 1 });

describe('the number of a step', () => {
  it('counts from 0 when it is left out', () => {
    expect(clipNorms(createClipper(1), [1, NaN, 3]).map(({ step }) => step)).toEqual([0, 1, 2]);
  });

  it('must be the next one', () => {
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.oneof(fc.integer({ min: -2, max: 9 }), fc.constantFrom(0.5, NaN, Infinity)),
        (done, step) => {
          const clipper = createClipper(counting());
          clipNorms(
            clipper,
            Array.from({ length: done }, () => 8),
          );
          if (step === done) {
            expect(clip(clipper, { w: [8] }, { step }).step).toBe(done);
            return;
          }
          const before = spelledState(clipper);
          const error = errorOf(() => clip(clipper, { w: [8] }, { step }));
          expect(error).toMatchObject({ code: 'STEP_OUT_OF_ORDER', where: { step, expected: done } });
          expect(spelledState(clipper)).toBe(before);
          expect(clip(clipper, { w: [8] }).step).toBe(done);
        },
      ),
      { seed: 20_130_716 },
    );
  });

  it('makes a second decision for a step an error that says so', () => {
    const clipper = createClipper(1);
    clip(clipper, { w: [8] }, { step: 0 });
    expect(errorOf(() => clip(clipper, { w: [8] }, { step: 0 }))!.message).toContain('decided already');
    expect(errorOf(() => clip(clipper, { w: [8] }, { step: 3 }))!.message).toContain('not the next one');
  });

  it('goes on after a restore where the saved run was', () => {
    const [first, second] = [createClipper(1), createClipper(1)];
    clipNorms(first, [8, 8, 8]);
    clipNorms(second, [8]);
    second.restore(first.state());
    expect(codeOf(() => clip(second, { w: [8] }, { step: 1 }))).toBe('STEP_OUT_OF_ORDER');
    expect(clip(second, { w: [8] }, { step: 3 }).step).toBe(3);
    first.restore(createClipper(1).state());
    expect(clip(first, { w: [8] }, { step: 0 }).step).toBe(0);
  });
});

describe('a call that is refused changes nothing', () => {
  const groups = () => [
    {
      match: 'a',
      policy: answering((_, seen) => seen + 1, { needs: ['loss', 'maxAbs', 'weightNorm', 'learningRate'] }),
    },
    { match: 'b', policy: counting(), scope: 'tensor' as const },
    { match: 'c', policy: counting(), scope: 'unit' as const },
  ];
  const tensors = { a: [3, 4], b1: [8], c: [[6], [8]] };
  const weights = { a: [1, 1], b1: [1], c: [[1], [1]] };
  const context = { loss: 1, learningRate: 0.1 };
  const good = (clipper: Clipper): Measurement => measure(clipper.plan, tensors, { weights });

  /** Everything that can be seen from outside, the events included. */
  const watched = () => {
    const clipper = createClipper(groups(), { onNonFinite: 'throw', shadows: { two: 2 } });
    const told: unknown[] = [];
    clipper.norms$.subscribe((event) => told.push(event));
    clipper.decisions$.subscribe(({ step }) => told.push(step));
    clipper.alerts$.subscribe((alert) => told.push(alert));
    return { clipper, look: () => spelledState(clipper) + spelledStats(clipper) + told.length };
  };

  const refused: [name: string, code: string, act: (clipper: Clipper) => unknown][] = [
    ['a wrong step', 'STEP_OUT_OF_ORDER', (c) => c.decide(good(c), { ...context, step: 7 })],
    ['no loss', 'INVALID_CONTEXT', (c) => c.decide(good(c), { learningRate: 0.1 })],
    ['a loss that is a text', 'INVALID_CONTEXT', (c) => c.decide(good(c), { ...context, loss: '1' as never })],
    ['no learning rate', 'INVALID_CONTEXT', (c) => c.decide(good(c), { loss: 1 })],
    ['an infinite learning rate', 'INVALID_CONTEXT', (c) => c.decide(good(c), { ...context, learningRate: Infinity })],
    ['another order', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), order: 1 }, context)],
    ['too few powers', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), power: new Float64Array(1) }, context)],
    ['no sizes', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), size: undefined as never }, context)],
    ['too many sizes', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), size: new Float64Array(9) }, context)],
    ['too many scales', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), scale: new Float64Array(9) }, context)],
    ['no maxAbs', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), maxAbs: undefined as never }, context)],
    ['no weights', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), weightPower: undefined as never }, context)],
    ['a loss scale of 0', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), lossScale: 0 }, context)],
    ['a loss scale that is NaN', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), lossScale: NaN }, context)],
    ['an infinite loss scale', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), lossScale: Infinity }, context)],
    ['no units', 'INVALID_MEASUREMENT', (c) => c.decide({ ...good(c), offsets: undefined as never }, context)],
    ['a tensor without a group', 'NO_GROUP', (c) => c.decide({ ...good(c), names: ['a', 'b1', 'x'] }, context)],
    ['two tensors of one name', 'DUPLICATE_KEY', (c) => c.decide({ ...good(c), names: ['a', 'c', 'c'] }, context)],
    [
      'a new tensor with a wrong order',
      'INVALID_MEASUREMENT',
      (c) => c.decide({ ...good(c), names: ['a', 'b9', 'c'], order: 1 }, context),
    ],
    ['a new tensor without a loss', 'INVALID_CONTEXT', (c) => c.decide({ ...good(c), names: ['a', 'b9', 'c'] }, {})],
    ['a bad step', 'NON_FINITE', (c) => c.decide({ ...good(c), nonFinite: 1 }, context)],
    [
      'a bad step with a new tensor',
      'NON_FINITE',
      (c) => c.decide({ ...good(c), names: ['a', 'b9', 'c'], nonFinite: 1 }, context),
    ],
    ['a state that is none', 'STATE_INVALID', (c) => c.restore('nothing')],
    ['a step to close', 'NO_OPEN_STEP', (c) => c.arrive(good(c), context)],
    ['a step to give up', 'NO_OPEN_STEP', (c) => c.abandon(3, 'no reason')],
  ];

  it.each(refused)('%s: %s', (_name, code, act) => {
    const { clipper, look } = watched();
    clipper.decide(good(clipper), context);
    const before = look();
    expect(codeOf(() => act(clipper))).toBe(code);
    expect(look()).toBe(before);
    const untouched = watched().clipper;
    untouched.decide(good(untouched), context);
    const next = (c: Clipper): string => encode(c.decide(good(c), context).decisions.map((own) => ({ ...own })));
    expect(next(clipper)).toBe(next(untouched));
  });

  it('two tensors that make one key', () => {
    const clipper = createClipper([
      { match: 'b', policy: 1, scope: 'tensor' },
      { name: 'b1', policy: 1 },
    ]);
    const before = spelledState(clipper);
    expect(codeOf(() => clip(clipper, { b2: [1], b1: [1], x: [1] }))).toBe('DUPLICATE_KEY');
    expect(spelledState(clipper)).toBe(before);
    expect(clipper.stats().keys.size).toBe(0);
  });
});

describe('a clipper that is called while it decides', () => {
  const calls: [name: string, call: (clipper: Clipper) => unknown][] = [
    ['decide', (clipper) => clip(clipper, { w: [1] })],
    ['forecast', (clipper) => clipper.forecast(['w'])],
    ['arrive', (clipper) => clipper.arrive(measure(clipper.plan, { w: [1] }))],
    ['abandon', (clipper) => clipper.abandon(0, 'no reason')],
    ['restore', (clipper) => clipper.restore(clipper.state())],
  ];
  const streams = ['norms$', 'decisions$', 'alerts$'] as const;
  const pairs = calls.flatMap(([name, call]) => streams.map((stream) => [name, stream, call] as const));

  it.each(pairs)('refuses %s from a subscriber of %s', (_name, stream, call) => {
    const clipper = createClipper(counting());
    const codes: (string | undefined)[] = [];
    clipper.alerts$.subscribe(() => {});
    streamOf(clipper, stream).subscribe(() => codes.push(codeOf(() => call(clipper))));
    // The bad step makes the alert.
    const steps = clipNorms(clipper, [8, NaN, 8]);
    expect(new Set(codes)).toEqual(new Set(['REENTRANT']));
    expect(steps.map(({ step, threshold }) => [step, threshold])).toEqual([
      [0, 1],
      [1, Infinity],
      [2, 2],
    ]);
  });

  it.each(calls)('refuses %s from a subscriber who hears of a fault in a forecast', (_name, call) => {
    const forecast = (): never => {
      throw new Error('boom');
    };
    const clipper = createClipper(answering(() => 2, { forecast }));
    const codes: (string | undefined)[] = [];
    clipper.alerts$.subscribe(() => codes.push(codeOf(() => call(clipper))));
    expect(clipper.forecast(['w'])).toBeUndefined();
    expect(codes).toEqual(['REENTRANT']);
    expect(clip(clipper, { w: [8] }).step).toBe(0);
  });

  it.each(calls)('refuses %s from a subscriber who hears that there is no forecast', (_name, call) => {
    const clipper = createClipper(answering(() => 2));
    const codes: (string | undefined)[] = [];
    clipper.alerts$.subscribe(() => codes.push(codeOf(() => call(clipper))));
    expect(clipper.forecast(['w'])).toBeUndefined();
    expect(codes).toEqual(['REENTRANT']);
    expect(clip(clipper, { w: [8] }).step).toBe(0);
  });

  it('lets a subscriber look: stats, state and plan', () => {
    const clipper = createClipper(counting());
    const seen: number[] = [];
    for (const stream of streams)
      streamOf(clipper, stream).subscribe(() => {
        expect((clipper.state() as { step: number }).step).toBe(clipper.stats().steps);
        seen.push(clipper.stats().steps);
      });
    clipNorms(clipper, [8, NaN]);
    expect(seen).toEqual([1, 1, 2, 2, 2]);
  });

  it('can be used again after a refusal', () => {
    const clipper = createClipper(counting());
    const subscription = clipper.decisions$.subscribe(() => codeOf(() => clip(clipper, { w: [1] })));
    clipNorms(clipper, [8]);
    subscription.unsubscribe();
    expect(clipNorms(clipper, [8])[0]!.step).toBe(1);
  });
});
