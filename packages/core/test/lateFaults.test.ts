import { createClipper, decode, encode } from '@gradclip/core';
import type { Clipper } from '@gradclip/core';
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
  withoutWarnings,
} from './support/clipper.ts';
import type { Tensors } from './support/clipper.ts';

withoutWarnings();

/** Thresholds 1, 2, 3, ... by the norms that have arrived. */
const counting = (more = {}) => answering((_, seen) => seen + 1, { forecast: ({ seen }) => seen + 1, ...more });
const arrive = (clipper: Clipper, tensors: Tensors) => clipper.arrive(measure(clipper.plan, tensors));

describe('a forecast that fails', () => {
  it.each<[name: string, forecast: () => unknown]>([
    [
      'because it throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['with NaN', () => NaN],
    ['with 0', () => 0],
    ['with a text', () => '1'],
    ['with null', () => null],
    ['with a factor', () => ({ factor: 0.5 })],
    ['with a skip', () => ({ skip: 'no' })],
    ['with a clamp it may not give', () => ({ clamp: 1 })],
  ])('%s is a fault, and the step is done exactly', (_name, forecast) => {
    const clipper = createClipper(counting({ forecast }));
    const alerts = alertsOf(clipper);
    expect(clipper.forecast(['w'])).toBeUndefined();
    expect(clip(clipper, { w: [8] }, { step: 0 })).toMatchObject({ step: 0, threshold: 1 });
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT']);
  });

  it('quarantines in the end; then the last good threshold is the forecast', () => {
    const clipper = createClipper(counting({ forecast: () => NaN }));
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 3; i++) {
      expect(clipper.forecast(['w'])).toBeUndefined();
      clip(clipper, { w: [8] });
    }
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT', 'POLICY_QUARANTINED']);
    // The third exact step was decided in quarantine: the policy answered 1 and 2 before.
    expect(clipper.forecast(['w'])!.bound('w')).toBe(2);
  });

  it('and then fails in the answer, too, has failed once in that step', () => {
    const faulty = answering(({ step }) => (step >= 1 ? NaN : 2), {
      forecast: (_, { step }) => (step === 2 ? NaN : 2),
    });
    const clipper = createClipper(faulty);
    const alerts = alertsOf(clipper);
    clip(clipper, { w: [8] });
    clipper.forecast(['w']);
    expect(clipper.forecast(['w'])).toBeUndefined();
    arrive(clipper, { w: [8] });
    clip(clipper, { w: [8] }, { step: 2 });
    // Step 2 failed in its forecast and in its answer, step 1 in its answer.
    expect(alerts.map(({ code, step }) => [code, step])).toEqual([
      ['POLICY_FAULT', 2],
      ['POLICY_FAULT', 1],
    ]);
  });

  it('changes no state of any policy', () => {
    const clipper = createClipper([{ match: 'a', policy: counting() }, { policy: counting({ forecast: () => NaN }) }]);
    clip(clipper, { a: [8], b: [8] });
    const states = () =>
      (clipper.state() as { groups: { keys: Json }[] }).groups.map(({ keys }) => encode(keys as never));
    type Json = Record<string, unknown>;
    const before = states();
    clipper.forecast(['a', 'b']);
    expect(states()).toEqual(before);
  });

  it('in the answer that only moves the state, the bound in force stays', () => {
    const clipper = createClipper(
      answering(({ step }, seen) => (step === 1 ? NaN : seen + 1), { forecast: ({ seen }) => seen + 1 }),
    );
    const alerts = alertsOf(clipper);
    clipNorms(clipper, [8]);
    clipper.forecast(['w']);
    expect(arrive(clipper, { w: [8] })).toMatchObject({ action: 'scale', threshold: 2, proceed: true });
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT']);
    expect(clip(clipper, { w: [8] }).threshold).toBe(2);
  });

  it('a skip that comes too late is not made', () => {
    const clipper = createClipper(answering(() => ({ skip: 'no' }), { forecast: () => 4 }));
    clipper.forecast(['w']);
    expect(arrive(clipper, { w: [8] })).toMatchObject({ action: 'scale', factor: 0.5, proceed: true });
    expect(clipper.stats().skipped).toBe(0);
  });
});

describe('a bad gradient that comes back', () => {
  it('was dropped on the device: the optimizer has stepped with zeros', () => {
    for (const onNonFinite of ['skip', 'zero', 'throw'] as const) {
      const clipper = createClipper(counting(), { onNonFinite });
      const alerts = alertsOf(clipper);
      clipper.forecast(['w']);
      const step = arrive(clipper, { w: [3, NaN] });
      expect(step).toMatchObject({ step: 0, action: 'drop', proceed: true, norm: NaN, normAfter: 0, factor: 1 });
      expect(step.reason).toContain('w[1] = NaN');
      expect(codesOf(alerts)).toEqual(['NON_FINITE']);
      expect(clip(clipper, { w: [8] })).toMatchObject({ step: 1, threshold: 1 });
      expect(clipper.stats()).toMatchObject({ steps: 2, nonFinite: 1 });
    }
  });

  it('counts for the budget, and halts at the last', () => {
    const clipper = createClipper(counting(), { nonFiniteBudget: 3 });
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 5; i++) clipper.forecast(['w']);
    const actions = [NaN, 8, NaN, NaN, NaN].map((norm) => arrive(clipper, { w: [norm] }).action);
    expect(actions).toEqual(['drop', 'scale', 'drop', 'drop', 'halt']);
    expect(codeOf(() => clipper.forecast(['w']))).toBe('HALTED');
    expect(codesOf(alerts).at(-1)).toBe('HALTED');
  });

  it('after the halt still closes its step; the clipper halted where it halted', () => {
    const clipper = createClipper(counting(), { nonFiniteBudget: 1 });
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 4; i++) clipper.forecast(['w']);
    const actions = [NaN, NaN, 8].map((norm) => arrive(clipper, { w: [norm] }).action);
    expect(actions[0]).toBe('halt');
    clipper.abandon(3, 'the run ends');
    expect(errorOf(() => clip(clipper, { w: [1] }))).toMatchObject({ code: 'HALTED', where: { step: 0 } });
    expect(codesOf(alerts).filter((code) => code === 'HALTED')).toHaveLength(1);
    const other = createClipper(counting(), { nonFiniteBudget: 1 });
    other.restore(decode(encode(clipper.state())));
    expect(errorOf(() => clip(other, { w: [1] }))).toMatchObject({ code: 'HALTED', where: { step: 0 } });
  });
});
