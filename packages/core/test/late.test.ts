import { createClipper, decode, encode } from '@gradclip/core';
import type { ClipBound, Clipper, Measurement } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import {
  alertsOf,
  answering,
  clip,
  clipNorms,
  codeOf,
  codesOf,
  errorOf,
  measure,
  spelledState,
  withoutWarnings,
} from './support/clipper.ts';
import type { Tensors } from './support/clipper.ts';

withoutWarnings();

/** Thresholds 1, 2, 3, ... by the norms that have arrived. */
const counting = (more = {}) => answering((_, seen) => seen + 1, { forecast: ({ seen }) => seen + 1, ...more });
const arrive = (clipper: Clipper, tensors: Tensors) => clipper.arrive(measure(clipper.plan, tensors));

describe('a step that is opened before its norms are known', () => {
  it('has the bound of the norms that have arrived, and is closed with it', () => {
    const clipper = createClipper(counting());
    clipNorms(clipper, [8, 8]);
    const opened = [0, 1, 2].map(() => clipper.forecast(['w'])!);
    expect(opened.map(({ step, basedOn, bound }) => [step, basedOn, bound('w')])).toEqual([
      [2, 1, 3],
      [3, 1, 3],
      [4, 1, 3],
    ]);
    const first = arrive(clipper, { w: [12] });
    expect(first).toMatchObject({ step: 2, action: 'scale', threshold: 3, factor: 0.25, proceed: true });
    expect(first.decisions[0]).toMatchObject({ clock: 'late', basedOn: 1 });
    expect(clipper.forecast(['w'])).toMatchObject({ step: 5, basedOn: 2 });
    expect(clipper.forecast(['w'])!.bound('w')).toBe(4);
    expect(arrive(clipper, { w: [12] })).toMatchObject({ step: 3, threshold: 3 });
  });

  it('counts, tells and moves the policy as an exact one does', () => {
    const clipper = createClipper(counting(), { shadows: { two: 2 } });
    const told: string[] = [];
    clipper.norms$.subscribe(({ step, norm }) => told.push(`norm ${step} ${norm}`));
    clipper.decisions$.subscribe(({ step, action }) => told.push(`${action} ${step}`));
    clipper.forecast(['w']);
    clipper.forecast(['w']);
    expect([clipper.stats().steps, told]).toEqual([0, []]);
    arrive(clipper, { w: [8] });
    arrive(clipper, { w: [0.5] });
    expect(told).toEqual(['norm 0 8', 'scale 0', 'norm 1 0.5', 'pass 1']);
    expect(clipper.stats()).toMatchObject({ steps: 2, count: 2, max: 8, clipRate: 0.5 });
    expect(clipper.stats().shadows['two']).toMatchObject({ clipRate: 0.5 });
    expect(clip(clipper, { w: [9] })).toMatchObject({ step: 2, threshold: 3 });
  });

  it('has a bound for each tensor and unit, inside the envelope', () => {
    const bounds: Record<string, ClipBound> = {
      a: 0.5,
      'b#0': { threshold: 9, target: 0.5 },
      'b#1': Infinity,
      'c#0': { clamp: 0.1 },
    };
    const forecast = (_: unknown, { key }: { key: string }): ClipBound => bounds[key]!;
    const policy = answering(({ key }) => bounds[key], { forecast, needs: ['maxAbs'] });
    const groups = [
      { match: 'a', policy },
      { policy, scope: 'unit' as const },
    ];
    const clipper = createClipper(groups, { envelope: { min: 1, max: 4 } });
    const tensors = { a1: [1], a2: [1], b: [[1], [1]], c: [[1]] };
    clip(clipper, tensors);
    const { bound } = clipper.forecast(Object.keys(tensors))!;
    expect([bound('a1'), bound('a2'), bound('b', 0), bound('b', 1), bound('c', 0), bound('c')]).toEqual([
      1,
      1,
      { threshold: 4, target: 1 },
      4,
      { clamp: 0.1 },
      { clamp: 0.1 },
    ]);
    // A joint bound is that of every unit.
    expect(bound('a1', 3)).toBe(1);
    expect(codeOf(() => bound('x'))).toBe('UNKNOWN_TENSOR');
    for (const unit of [2, -1, NaN]) expect(codeOf(() => bound('b', unit))).toBe('UNKNOWN_UNIT');
    const step = arrive(clipper, tensors);
    expect(step.decisions.map(({ key, threshold, normAfter }) => [key, threshold, normAfter])).toEqual([
      ['a', 1, 1],
      ['b#0', 4, 1],
      ['b#1', 4, 1],
      ['c#0', Infinity, NaN],
    ]);
  });

  it('at unit scope needs a measurement first, which counts the units', () => {
    const clipper = createClipper(2, { scope: 'unit' });
    expect(clipper.forecast(['w'])).toBeUndefined();
    clip(clipper, { w: [[8], [8]] });
    expect(clipper.forecast(['w'])!.bound('w', 1)).toBe(2);
  });

  it('of tensors without a group is refused', () => {
    const clipper = createClipper([{ match: 'a', policy: 1 }]);
    expect(codeOf(() => clipper.forecast(['a', 'x']))).toBe('NO_GROUP');
    expect(clip(clipper, { a: [8] }).step).toBe(0);
  });
});

describe('a policy without a forecast', () => {
  it('has every step done exactly, with one alert', () => {
    const clipper = createClipper([
      { match: 'a', policy: counting() },
      { policy: answering(() => 2, { name: 'blind' }) },
    ]);
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 3; i++) {
      expect(clipper.forecast(['a', 'b'])).toBeUndefined();
      expect(clip(clipper, { a: [8], b: [8] }).decisions[0]).toMatchObject({ clock: 'exact', basedOn: i });
    }
    expect(codesOf(alerts)).toEqual(['NO_FORECAST']);
    expect(alerts[0]).toMatchObject({ step: 0, policy: 'blind' });
  });

  it('may be a shadow', () => {
    const clipper = createClipper(1, { shadows: { blind: answering(() => 2) } });
    expect(clipper.forecast(['w'])!.bound('w')).toBe(1);
    arrive(clipper, { w: [8] });
    expect(clipper.stats().shadows['blind']).toMatchObject({ clipRate: 1 });
  });

  it('this time only: the step is done exactly, and the next may be late', () => {
    const clipper = createClipper(
      counting({ forecast: ({ seen }: { seen: number }) => (seen < 1 ? undefined : seen + 1) }),
    );
    const alerts = alertsOf(clipper);
    expect(clipper.forecast(['w'])).toBeUndefined();
    clip(clipper, { w: [8] }, { step: 0 });
    expect(clipper.forecast(['w'])!.step).toBe(1);
    expect(alerts).toEqual([]);
  });
});

describe('the saved state of a late run', () => {
  it('goes on with the same bounds', async () => {
    const make = () => createClipper(counting());
    const [clipper, other] = [make(), make()];
    for (let i = 0; i < 3; i++) clipper.forecast(['w']);
    for (let i = 0; i < 3; i++) arrive(clipper, { w: [8] });
    await clipper.settled();
    other.restore(decode(encode(clipper.state())));
    const forecasts = [clipper, other].map((own) => own.forecast(['w'])!);
    expect(forecasts[1]).toMatchObject({ step: forecasts[0]!.step, basedOn: forecasts[0]!.basedOn });
    expect(forecasts.map(({ bound }) => bound('w'))).toEqual([4, 4]);
    const closed = [clipper, other].map((own) => arrive(own, { w: [8] }).decisions);
    expect(closed[1]).toEqual(closed[0]);
    expect(spelledState(other)).toBe(spelledState(clipper));
  });

  it('is refused while steps are open', () => {
    const clipper = createClipper(counting());
    clipper.forecast(['w']);
    const calls: [string, () => unknown][] = [
      ['state', () => clipper.state()],
      ['restore', () => clipper.restore(null)],
      ['decide', () => clip(clipper, { w: [8] })],
    ];
    for (const [name, call] of calls)
      expect([name, errorOf(call)?.code, errorOf(call)?.where]).toEqual([name, 'STEPS_IN_FLIGHT', { open: 1 }]);
    const m: Measurement = measure(clipper.plan, { w: [8] });
    expect(clipper.arrive(m).step).toBe(0);
    for (const [, call] of calls.filter(([name]) => name !== 'restore')) expect(codeOf(call)).toBeUndefined();
  });
});
