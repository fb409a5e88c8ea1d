import { createClipper, warmup } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, clip, clipNorms, codesOf, recording, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const skips = answering(({ norm }) => (norm > 10 ? { skip: `norm ${norm}` } : 4), { name: 'skips' });

describe('a skip of a policy', () => {
  it('drops the whole step, and every policy has seen it', () => {
    const { policy, asked } = recording();
    const clipper = createClipper(
      [
        { match: 'a', policy: skips },
        { match: 'b', policy },
        { match: 'c', policy: 4 },
      ],
      { shadows: { four: 4 } },
    );
    const step = clip(clipper, { a: [20], b: [3], c: [8] });
    expect(step).toMatchObject({ action: 'skip', proceed: false, normAfter: 0, reason: 'norm 20' });
    expect(step.decisions.map(({ key, action }) => [key, action])).toEqual([
      ['a', 'skip'],
      ['b', 'pass'],
      ['c', 'scale'],
    ]);
    expect(asked).toMatchObject([{ step: 0, norm: 3 }]);
    const { skipped, clipRate, count, keys, shadows } = clipper.stats();
    expect({ skipped, clipRate, count }).toEqual({ skipped: 1, clipRate: 0, count: 1 });
    // c would have been clipped, but its step never happened.
    expect(keys.get('c')).toMatchObject({ count: 1, max: 8, clipRate: 0 });
    expect(shadows['four']).toMatchObject({ clipRate: 1, skipped: 0 });
  });

  it('has the reason of the first key that skips', () => {
    const clipper = createClipper(skips, { scope: 'tensor' });
    expect(clip(clipper, { a: [1], b: [20], c: [30] }).reason).toBe('norm 20');
  });

  it('moves the state of the policy that skips', () => {
    const clipper = createClipper(answering((_, seen) => (seen < 2 ? { skip: 'calibrating' } : seen)));
    expect(clipNorms(clipper, [8, 8, 8]).map(({ action, threshold }) => [action, threshold])).toEqual([
      ['skip', Infinity],
      ['skip', Infinity],
      ['scale', 2],
    ]);
  });

  it('happens to a zero norm, too', () => {
    expect(clipNorms(createClipper(answering(() => ({ skip: 'no' }))), [0])[0]!.action).toBe('skip');
  });

  it('is only told while observing', () => {
    const clipper = createClipper(skips, { observe: true });
    expect(clipNorms(clipper, [20])[0]).toMatchObject({ action: 'skip', proceed: true, applied: false });
  });

  it('does not count as a bad step', () => {
    const clipper = createClipper(skips, { nonFiniteBudget: 2 });
    const steps = clipNorms(clipper, [NaN, 20, NaN, 20, NaN]);
    expect(steps.map(({ action }) => action)).toEqual(['skip', 'skip', 'skip', 'skip', 'skip']);
  });

  it('takes a number and counts as a step', () => {
    const clipper = createClipper(skips);
    expect(clipNorms(clipper, [20, 20, 1]).map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(clipper.stats()).toMatchObject({ steps: 3, skipped: 2 });
  });
});

describe('ten skips in a row', () => {
  const skipped = (count: number): number[] => Array.from({ length: count }, () => 20);

  it('raise one alert, which has the reason', () => {
    const clipper = createClipper(skips);
    const alerts = alertsOf(clipper);
    clipNorms(clipper, skipped(9));
    expect(alerts).toEqual([]);
    clipNorms(clipper, skipped(15));
    expect(codesOf(alerts)).toEqual(['SKIPPING']);
    expect(alerts[0]).toMatchObject({ step: 9 });
    expect(alerts[0]!.message).toContain('norm 20');
  });

  it('raise another alert when they come again', () => {
    const clipper = createClipper(skips);
    const alerts = alertsOf(clipper);
    clipNorms(clipper, [...skipped(9), 1, ...skipped(10), 1, ...skipped(10)]);
    expect(alerts.map(({ step }) => step)).toEqual([19, 30]);
  });

  it('are not counted while a policy is calibrating, which ends by itself', () => {
    const clipper = createClipper(warmup(skips, { steps: 12, until: { skip: 'calibrating' } }));
    const alerts = alertsOf(clipper);
    clipNorms(clipper, skipped(12 + 9));
    expect(alerts).toEqual([]);
    clipNorms(clipper, skipped(1));
    expect(alerts.map(({ step }) => step)).toEqual([21]);
  });

  it('are counted on after a restore', () => {
    const [first, second] = [createClipper(skips), createClipper(skips)];
    clipNorms(first, skipped(7));
    second.restore(first.state());
    const alerts = alertsOf(second);
    clipNorms(second, skipped(3));
    expect(codesOf(alerts)).toEqual(['SKIPPING']);
  });
});

describe('a shadow that fails or skips', () => {
  const shadows = {
    throws: answering(
      () => {
        throw new Error('boom');
      },
      { name: 'throws' },
    ),
    nonsense: answering(() => NaN, { name: 'nonsense' }),
    skips: answering(() => ({ skip: 'no' }), { name: 'skipping' }),
    ten: answering(() => 10, { name: 'ten' }),
  };

  it('touches its own counts alone', () => {
    const watched = createClipper(4, { shadows, onPolicyFault: 'halt', policyFaultBudget: 2 });
    const plain = createClipper(4, { onPolicyFault: 'halt' });
    const norms = [1, 8, 20, 2, 16];
    const text = (step: object): string => JSON.stringify(step);
    expect(clipNorms(watched, norms).map(text)).toEqual(clipNorms(plain, norms).map(text));
    const { shadows: counts, skipped, clipRate } = watched.stats();
    expect({ skipped, clipRate }).toEqual({ skipped: 0, clipRate: 0.6 });
    expect(counts['throws']).toMatchObject({ count: 5, clipRate: 0, skipped: 0 });
    expect(counts['skips']).toMatchObject({ count: 5, clipRate: 0, skipped: 5 });
    // 20 and 16 of five norms are above 10.
    expect(counts['ten']).toMatchObject({ count: 5, clipRate: 0.4, max: 20 });
  });

  it('is announced by its name, and quarantined like any other', () => {
    const clipper = createClipper(4, { shadows: { throws: shadows.throws }, policyFaultBudget: 2 });
    const alerts = alertsOf(clipper);
    clipNorms(clipper, [8, 8, 8, 8]);
    expect(codesOf(alerts)).toEqual(['POLICY_FAULT', 'POLICY_FAULT', 'POLICY_QUARANTINED']);
    expect(alerts.every(({ policy }) => policy === 'throws')).toBe(true);
  });

  it('needs what it needs, and runs at the scope it has', () => {
    const { policy, asked } = recording({ scope: 'unit', needs: ['maxAbs'] });
    const clipper = createClipper(4, { shadows: { policy } });
    expect([...clipper.plan.needs]).toEqual(['maxAbs']);
    expect(clipper.plan.scopeOf('w')).toBe('unit');
    const step = clip(clipper, { w: [[3], [4]] });
    // The clipper's own key stays the joint one: sqrt(3^2 + 4^2) = 5, so the factor is 4/5.
    expect([...step.factors('w')]).toEqual([0.8]);
    expect(asked.map(({ key, norm, maxAbs }) => [key, norm, maxAbs])).toEqual([
      ['w#0', 3, 3],
      ['w#1', 4, 4],
    ]);
  });
});
