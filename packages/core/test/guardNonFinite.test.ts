import { createClipper } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alertsOf,
  answering,
  clip,
  clipNorms,
  codeOf,
  errorOf,
  recording,
  spelledState,
  withoutWarnings,
} from './support/clipper.ts';

withoutWarnings();

const SEED = { seed: 20_130_716 };
const bad = fc.constantFrom(NaN, Infinity, -Infinity);
const modes = ['skip', 'zero', 'throw', 'pass'] as const;

/** Three tensors at tensor scope, and where to put a bad element: a tensor, and one of its three places. */
const place = fc.record({ tensor: fc.constantFrom('a', 'b', 'c'), index: fc.nat(2), value: bad });
function gradients({
  tensor,
  index,
  value,
}: {
  tensor: string;
  index: number;
  value: number;
}): Record<string, number[]> {
  const tensors: Record<string, number[]> = { a: [3, 4, 0], b: [0, 6, 8], c: [1, 2, 2] };
  tensors[tensor]![index] = value;
  return tensors;
}

describe('a gradient that is not finite, in any tensor and place', () => {
  it('is skipped, and no policy is asked', () => {
    fc.assert(
      fc.property(place, (at) => {
        const { policy, asked } = recording();
        const clipper = createClipper(policy, { scope: 'tensor' });
        clip(clipper, { a: [1], b: [1], c: [1] });
        const step = clip(clipper, gradients(at));
        expect(step).toMatchObject({ step: 1, action: 'skip', proceed: false, applied: true, norm: NaN, normAfter: 0 });
        expect(asked.map((event) => event.step)).toEqual([0, 0, 0]);
        for (const name of ['a', 'b', 'c']) {
          expect([...step.factors(name)]).toEqual([1]);
          expect([...step.clamps(name)]).toEqual([Infinity]);
        }
        expect(step.decisions.find(({ key }) => key === at.tensor)).toMatchObject({
          norm: NaN,
          action: 'skip',
          factor: 1,
        });
        const others = step.decisions.filter(({ key }) => key !== at.tensor);
        expect(others.map(({ norm }) => norm)).toEqual(others.map(({ key }) => ({ a: 5, b: 10, c: 3 })[key]));
      }),
      SEED,
    );
  });

  it('is named in the reason, by tensor, place and value', () => {
    fc.assert(
      fc.property(place, fc.constantFrom('skip', 'zero', 'pass', 'throw'), (at, onNonFinite) => {
        const clipper = createClipper(1, { onNonFinite });
        const alerts = alertsOf(clipper);
        const element = `${at.tensor}[${at.index}] = ${at.value}`;
        if (onNonFinite === 'throw') {
          const error = errorOf(() => clip(clipper, gradients(at)));
          expect(error).toMatchObject({ code: 'NON_FINITE', where: { step: 0 } });
          expect(error?.message).toContain(element);
        } else {
          expect(clip(clipper, gradients(at)).reason).toContain(element);
          expect(alerts).toMatchObject([{ code: 'NON_FINITE', step: 0 }]);
          expect(alerts[0]!.message).toContain(element);
        }
      }),
      SEED,
    );
  });

  it('leaves the state of every policy as it was', () => {
    fc.assert(
      fc.property(place, fc.constantFrom('skip', 'pass'), (at, onNonFinite) => {
        const clipper = createClipper(
          answering((_, seen) => seen + 1),
          { scope: 'tensor', onNonFinite },
        );
        clip(clipper, { a: [1], b: [1], c: [1] });
        const before = clipper.state() as { groups: { keys: Record<string, unknown[]> }[] };
        clip(clipper, gradients(at));
        const after = clipper.state() as typeof before;
        for (const key of ['a', 'b', 'c']) {
          const [state, started, lastGood] = after.groups[0]!.keys[key]!;
          expect([state, started, lastGood]).toEqual(before.groups[0]!.keys[key]!.slice(0, 3));
        }
      }),
      SEED,
    );
  });

  it('throws with onNonFinite: throw, takes no number and changes nothing', () => {
    fc.assert(
      fc.property(place, (at) => {
        const { policy, asked } = recording();
        const clipper = createClipper(policy, { onNonFinite: 'throw', scope: 'tensor' });
        const alerts = alertsOf(clipper);
        const decided: number[] = [];
        clipper.decisions$.subscribe(({ step }) => decided.push(step));
        clip(clipper, { a: [1], b: [1], c: [1] });
        const before = spelledState(clipper);
        for (let i = 0; i < 20; i++) expect(codeOf(() => clip(clipper, gradients(at)))).toBe('NON_FINITE');
        expect(spelledState(clipper)).toBe(before);
        expect(clip(clipper, { a: [1], b: [1], c: [1] }, { step: 1 }).step).toBe(1);
        expect([decided, asked.length, alerts]).toEqual([[0, 1], 6, []]);
      }),
      SEED,
    );
  });
});

describe('what becomes of a bad step', () => {
  it('zero: the step is decided on the finite elements', () => {
    const { policy, asked } = recording();
    const clipper = createClipper(policy, { onNonFinite: 'zero', shadows: { ten: 10 } });
    // sqrt(3^2 + 4^2) = 5: the NaN counts as 0.
    const step = clip(clipper, { w: [3, NaN, 4] });
    expect(step).toMatchObject({
      action: 'zero',
      proceed: true,
      norm: 5,
      normAfter: 5,
      factor: 1,
      threshold: Infinity,
    });
    expect(asked).toMatchObject([{ step: 0, norm: 5, size: 2 }]);
    expect(clipper.stats()).toMatchObject({ steps: 1, nonFinite: 1, skipped: 0, count: 1, mean: 5 });
    expect(clipper.stats().shadows['ten']).toMatchObject({ count: 1, mean: 5 });
  });

  it('zero: what is left is clipped as ever', () => {
    // 5 over a threshold of 2: the factor is 2/5.
    const single = clip(createClipper(2, { onNonFinite: 'zero' }), { w: [3, NaN, 4] });
    expect(single).toMatchObject({ action: 'zero', factor: 0.4, normAfter: 2, threshold: 2 });
    const many = clip(createClipper(2, { onNonFinite: 'zero', scope: 'tensor' }), { a: [3, NaN, 4], b: [1], c: [8] });
    expect(many.action).toBe('zero');
    expect(many.decisions.map(({ key, action, factor }) => [key, action, factor])).toEqual([
      ['a', 'zero', 0.4],
      ['b', 'pass', 1],
      ['c', 'scale', 0.25],
    ]);
    // sqrt(2^2 + 1^2 + 2^2) = 3
    expect(many.normAfter).toBe(3);
  });

  it('zero: a tensor without a finite element leaves nothing, and the step goes on', () => {
    const step = clip(createClipper(2, { onNonFinite: 'zero' }), { w: [NaN, Infinity] });
    expect(step).toMatchObject({ action: 'zero', proceed: true, norm: 0, normAfter: 0 });
    expect([...step.factors('w')]).toEqual([1]);
  });

  it('zero: a skip of the policy stays a skip', () => {
    const clipper = createClipper(
      answering(() => ({ skip: 'no' })),
      { onNonFinite: 'zero' },
    );
    expect(clip(clipper, { w: [NaN, 3] })).toMatchObject({ action: 'skip', proceed: false, reason: 'no' });
  });

  it('pass: it is left alone, and nothing multiplies it', () => {
    const clipper = createClipper(1, { onNonFinite: 'pass', nonFiniteBudget: 1 });
    const step = clip(clipper, { w: [Infinity, 30] });
    expect(step).toMatchObject({ action: 'pass', proceed: true, norm: NaN, normAfter: NaN, factor: 1 });
    expect([...step.factors('w')]).toEqual([1]);
    expect(clip(clipper, { w: [NaN] }).proceed).toBe(true);
    expect(clipper.stats()).toMatchObject({ steps: 2, nonFinite: 2, skipped: 0, count: 0 });
  });

  it('observe: neither skips, halts nor throws', () => {
    for (const onNonFinite of modes) {
      const clipper = createClipper(1, { observe: true, onNonFinite, nonFiniteBudget: 2 });
      const steps = clipNorms(clipper, [NaN, Infinity, NaN, 4, NaN, NaN, NaN]);
      expect(steps.map(({ proceed, applied }) => [proceed, applied])).toEqual(steps.map(() => [true, false]));
      expect(steps.some(({ action }) => action === 'halt')).toBe(false);
      expect(clipper.stats()).toMatchObject({ steps: 7, nonFinite: 6 });
    }
  });
});
