import { createClipper } from '@gradclip/core';
import type { GuardOptions } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import {
  alertsOf,
  answering,
  boom,
  clip,
  clipNorms,
  codesOf,
  errorOf,
  faultyAt,
  spelledState,
  withoutWarnings,
} from './support/clipper.ts';

withoutWarnings();

const always = Array.from({ length: 20 }, (_, step) => step);

describe('faults that come again', () => {
  const options: GuardOptions = { envelope: { max: 9 } };

  it('quarantine the policy at the third, and it is not asked again', () => {
    let asked = 0;
    const clipper = createClipper(faultyAt([1, 3, 4], () => (asked++, boom())));
    const alerts = alertsOf(clipper);
    const steps = clipNorms(clipper, [8, 8, 8, 8, 8, 8, 8]);
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT', 'POLICY_QUARANTINED']);
    expect(asked).toBe(3);
    // 2, fault: 2, 3, fault: 3, fault: 3, then quarantined: 3 for good.
    expect(steps.map(({ threshold }) => threshold)).toEqual([2, 2, 3, 3, 3, 3, 3]);
    expect(steps[6]!.reason).toContain('quarantined');
  });

  it('one faulty step of a group is one fault, however many keys', () => {
    const clipper = createClipper(faultyAt([1, 2]), { scope: 'tensor' });
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 4; i++) clip(clipper, { a: [8], b: [8], c: [8] });
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT']);
    expect(alerts.map(({ key }) => key)).toEqual(['a', 'a']);
    expect((clipper.state() as { groups: { faults: number }[] }).groups[0]!.faults).toBe(2);
  });

  it('each key falls back to its own last good threshold', () => {
    const policy = answering(({ step, key }) => (step ? boom() : key === 'a' ? 2 : 4));
    const clipper = createClipper(policy, { scope: 'tensor' });
    clip(clipper, { a: [8], b: [8] });
    expect(clip(clipper, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([2, 4]);
  });

  it('groups are counted apart', () => {
    const clipper = createClipper(
      [
        { match: 'a', policy: faultyAt(always) },
        { match: 'b', policy: faultyAt([]) },
      ],
      options,
    );
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 4; i++) clip(clipper, { a: [8], b: [8] });
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT', 'POLICY_QUARANTINED']);
    expect(clip(clipper, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([9, 6]);
  });

  it('a quarantined policy has nothing for a new key, so that training halts', () => {
    const clipper = createClipper(faultyAt([1, 2, 3]), { scope: 'tensor' });
    for (let i = 0; i < 4; i++) clip(clipper, { a: [8] });
    const step = clip(clipper, { a: [8], b: [8] });
    expect(step.action).toBe('halt');
    expect(step.decisions.map(({ key, action }) => [key, action])).toEqual([
      ['a', 'scale'],
      ['b', 'halt'],
    ]);
  });

  it('are counted by step, also when steps are done again after a rollback', () => {
    const clipper = createClipper(faultyAt([1, 2, 3]));
    clipNorms(clipper, [8]);
    const saved = clipper.state();
    const alerts = alertsOf(clipper);
    for (let i = 0; i < 3; i++) {
      clipNorms(clipper, [8]);
      expect((clipper.state() as { groups: { faults: number }[] }).groups[0]!.faults).toBe(1);
      clipper.restore(saved);
    }
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_FAULT']);
  });

  it('are forgotten with clearFaults only', () => {
    const make = () => createClipper(faultyAt([0, 1, 2]), options);
    const first = make();
    clipNorms(first, [8, 8, 8]);
    const [kept, cleared] = [make(), make()];
    kept.restore(first.state());
    cleared.restore(first.state(), { clearFaults: true });
    expect(clipNorms(kept, [8])[0]!.threshold).toBe(9);
    expect(clipNorms(cleared, [8])[0]!.threshold).toBe(2);
  });

  it('halt nothing while observing, and clip nothing without a threshold', () => {
    const clipper = createClipper(faultyAt(always), { observe: true, onPolicyFault: 'halt' });
    const steps = clipNorms(clipper, [8, 8, 8, 8, 8]);
    expect(steps.every(({ action, proceed }) => action === 'pass' && proceed)).toBe(true);
  });
});

describe('a policy that calls its own clipper', () => {
  it('is refused, which is a fault of the policy', () => {
    const calls: (() => unknown)[] = [];
    const policy = answering(({ step }) => (step === 1 ? calls[0]!() : 2));
    const clipper = createClipper(policy);
    const alerts = alertsOf(clipper);
    clipNorms(clipper, [8]);
    const saved = clipper.state();
    calls.push(() => clip(clipper, { w: [1] }));
    clipNorms(clipper, [8]);
    expect(alerts).toMatchObject([{ code: 'POLICY_FAULT', step: 1, cause: { code: 'REENTRANT' } }]);
    calls[0] = () => clipper.restore(saved);
    clipper.restore(saved);
    expect(clipNorms(clipper, [8])[0]!.threshold).toBe(2);
    expect(alerts.at(-1)).toMatchObject({ code: 'POLICY_FAULT', cause: { code: 'REENTRANT' } });
  });

  it('is refused in a forecast, too, and no step is lost', () => {
    const forecast = (): number => (clip(clipper, { w: [1] }), 2);
    const clipper = createClipper(answering(() => 2, { forecast }));
    clipNorms(clipper, [8]);
    expect(clipper.forecast(['w'])).toBeUndefined();
    expect(clip(clipper, { w: [1] }, { step: 1 }).step).toBe(1);
  });

  it('cannot spoil the step by what it writes into the event', () => {
    const policy = answering((event) => {
      Object.assign(event, { norm: 0, maxAbs: 0, key: 'other', step: 99 });
      return 2;
    });
    const clipper = createClipper(policy, { shadows: { two: 2 } });
    expect(clipNorms(clipper, [8])[0]!.decisions[0]).toMatchObject({ key: 'global', norm: 8, factor: 0.25, step: 0 });
    expect(clipper.stats().shadows['two']!.clipRate).toBe(1);
  });
});

describe('promises that a policy leaves behind', () => {
  it('reject without ending the process', async () => {
    const rejected = (): never => Promise.reject(new Error('boom')) as never;
    const clippers = [
      createClipper({ name: 'whole', init: () => null, decide: rejected }, { envelope: { max: 4 } }),
      createClipper(answering(rejected), { envelope: { max: 4 } }),
      createClipper(
        answering(() => 4, { forecast: rejected }),
        { envelope: { max: 4 } },
      ),
    ];
    const unhandled: unknown[] = [];
    const listen = (cause: unknown): void => void unhandled.push(cause);
    process.on('unhandledRejection', listen);
    for (const clipper of clippers) {
      clipper.forecast(['w']);
      expect(clipNorms(clipper, [8])[0]!.normAfter).toBe(4);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
    expect(errorOf(() => clippers[0]!.state())).toBeUndefined();
    expect(spelledState(clippers[0]!)).toContain('"faults":1');
  });
});
