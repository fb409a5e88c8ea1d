import { createClipper } from '@gradclip/core';
import type { StepDecision } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, clip, measure, recording, spelled, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const rows = ({ decisions }: StepDecision) => decisions.map(({ key, norm, factor }) => [key, norm, factor]);

describe('the joint norm', () => {
  const tensors = { a1: [3, 4], a2: [12], b1: [6], b2: [8] };
  const groups = [
    { match: 'a', policy: 6.5 },
    { match: 'b', policy: 5 },
  ];

  it('of a group is over all its tensors', () => {
    const step = clip(createClipper(groups), tensors);
    // a: sqrt(3^2 + 4^2 + 12^2) = 13, half of it is 6.5; b: sqrt(6^2 + 8^2) = 10.
    expect(rows(step)).toEqual([
      ['a', 13, 0.5],
      ['b', 10, 0.5],
    ]);
    // sqrt(13^2 + 10^2), and half of it
    expect(step.norm).toBeCloseTo(Math.sqrt(269), 14);
    expect(step.normAfter).toBeCloseTo(Math.sqrt(269) / 2, 14);
    expect(['a1', 'a2', 'b1', 'b2'].map((name) => [...step.factors(name)])).toEqual([[0.5], [0.5], [0.5], [0.5]]);
  });

  it('is the same whatever the order of tensors is', () => {
    const step = clip(createClipper(groups), { b2: [8], a2: [12], b1: [6], a1: [3, 4] });
    expect(new Map(rows(step).map(([key, norm]) => [key, norm]))).toEqual(
      new Map([
        ['a', 13],
        ['b', 10],
      ]),
    );
  });

  it.each([
    [1, 19, 14],
    [2, 13, 10],
    // (27 + 64 + 1728)^(1/3) and (216 + 512)^(1/3)
    [3, Math.cbrt(1819), Math.cbrt(728)],
    [Infinity, 12, 8],
  ])('of order %s adds up', (norm, a, b) => {
    const step = clip(createClipper(groups, { norm }), tensors);
    expect(step.decisions[0]!.norm).toBeCloseTo(a, 12);
    expect(step.decisions[1]!.norm).toBeCloseTo(b, 12);
    const together = norm === Infinity ? 12 : (a ** norm + b ** norm) ** (1 / norm);
    expect(step.norm).toBeCloseTo(together, 12);
  });

  it('is what a policy gets as globalNorm', () => {
    const { policy, asked } = recording({ needs: ['globalNorm'] });
    clip(createClipper(policy, { scope: 'tensor' }), { a: [3], b: [4] });
    expect(asked.map(({ norm, globalNorm }) => [norm, globalNorm])).toEqual([
      [3, 5],
      [4, 5],
    ]);
  });
});

describe('unit scope', () => {
  it('has a key, a factor and an event for each unit, in the order of the tensor', () => {
    const clipper = createClipper(4, { scope: 'unit' });
    const step = clip(clipper, {
      w: [
        [3, 4],
        [6, 8],
        [1, 0],
      ],
      b: [[8]],
    });
    expect(rows(step)).toEqual([
      ['w#0', 5, 0.8],
      ['w#1', 10, 0.4],
      ['w#2', 1, 1],
      ['b#0', 8, 0.5],
    ]);
    expect([[...step.factors('w')], [...step.factors('b')]]).toEqual([[0.8, 0.4, 1], [0.5]]);
    expect([[...step.clamps('w')], [...step.clamps('b')]]).toEqual([[Infinity, Infinity, Infinity], [Infinity]]);
  });

  it('keeps a state for each unit', () => {
    const clipper = createClipper(
      answering(({ norm }, seen) => (seen ? Infinity : norm / 2)),
      { scope: 'unit' },
    );
    clip(clipper, { w: [[8]] });
    expect([...clip(clipper, { w: [[8], [8]] }).factors('w')]).toEqual([1, 0.5]);
  });

  it('of one group stands beside the joint norm of another', () => {
    const clamping = answering(({ norm }) => ({ clamp: norm / 2 }), { scope: 'unit', needs: ['maxAbs'] });
    const clipper = createClipper([{ match: 'w', policy: clamping }, { policy: 2.5 }]);
    const step = clip(clipper, { x: [[3], [0]], w: [[4], [2]], y: [4] }, { lossScale: 1 });
    expect(step.decisions.map(({ key, action }) => [key, action])).toEqual([
      ['rest', 'scale'],
      ['w#0', 'clamp'],
      ['w#1', 'clamp'],
    ]);
    // rest: sqrt(3^2 + 4^2) = 5, half of it
    expect([[...step.factors('x')], [...step.factors('y')], [...step.factors('w')]]).toEqual([[0.5], [0.5], [1, 1]]);
    expect([[...step.clamps('x')], [...step.clamps('w')]]).toEqual([[Infinity], [2, 1]]);
    expect(step.action).toBe('clamp');
  });
});

describe('tensors without elements', () => {
  it('make no event, no decision and no state', () => {
    const { policy, asked } = recording();
    for (const scope of ['tensor', 'unit'] as const) {
      const clipper = createClipper(policy, { scope });
      const told: string[] = [];
      clipper.norms$.subscribe(({ key }) => told.push(key));
      const step = clip(clipper, { a: [[3]], empty: [], b: [[4]] });
      expect(step.decisions).toHaveLength(2);
      expect(told).toHaveLength(2);
      expect([...step.factors('empty')].every((factor) => factor === 1)).toBe(true);
      expect(step.norm).toBe(5);
    }
    expect(asked.map(({ norm }) => norm)).toEqual([3, 4, 3, 4]);
  });

  it('count nothing in a joint norm', () => {
    const { policy, asked } = recording();
    clip(createClipper(policy), { a: [3], empty: [], b: [4] });
    expect(asked).toMatchObject([{ norm: 5, size: 2 }]);
  });

  it.each([
    ['no tensor at all', {}],
    ['empty tensors only', { a: [], b: [] }],
  ])('%s: the step passes with norm 0', (_name, tensors) => {
    for (const scope of ['global', 'group', 'tensor', 'unit'] as const) {
      const { policy, asked } = recording();
      const clipper = createClipper(policy, { scope, shadows: { two: 2 } });
      const alerts = alertsOf(clipper);
      const step = clip(clipper, tensors);
      expect(step).toMatchObject({ step: 0, action: 'pass', proceed: true, norm: 0, normAfter: 0 });
      expect(step.decisions).toEqual([]);
      expect([asked, alerts.filter(({ code }) => code !== 'GROUP_EMPTY')]).toEqual([[], []]);
      expect(clip(clipper, tensors).step).toBe(1);
      expect(clipper.stats().steps).toBe(2);
    }
  });

  it('a step without tensors needs no loss to be bad', () => {
    const clipper = createClipper(recording({ needs: ['loss'] }).policy);
    expect(clip(clipper, {}, { loss: 1 }).action).toBe('pass');
  });
});

describe('sets of tensors that change from step to step', () => {
  it('keep the state of every key by its name', () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray(['a', 'b', 'c', 'd']), { maxLength: 15 }),
        fc.constantFrom('tensor', 'unit'),
        (sets, scope) => {
          const clipper = createClipper(
            answering((_, seen) => seen + 1),
            { scope: scope as 'tensor' },
          );
          const seen = new Map<string, number>();
          for (const names of sets) {
            const step = clip(clipper, Object.fromEntries(names.map((name) => [name, [[100]]])));
            expect(step.decisions.map(({ threshold }) => threshold)).toEqual(
              names.map((name) => (seen.get(name) ?? 0) + 1),
            );
            for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
          }
          for (const [key, { count }] of clipper.stats().keys) expect(count).toBe(seen.get(key.replace('#0', '')));
        },
      ),
      { seed: 20_130_716 },
    );
  });

  it('a list of names that is a new array each time is the same set', () => {
    const [once, again] = [0, 0].map(() =>
      createClipper(
        answering((_, seen) => seen + 1),
        { scope: 'tensor' },
      ),
    );
    const first = measure(once!.plan, { a: [8], b: [8] });
    for (let i = 0; i < 5; i++) {
      const kept = once!.decide(first);
      const copied = again!.decide({ ...first, names: [...first.names] });
      expect(spelled(copied, ['a', 'b'])).toBe(spelled(kept, ['a', 'b']));
    }
  });

  it('a joint norm is over those that are there', () => {
    const clipper = createClipper(100);
    expect([{ a: [3], b: [4] }, { a: [3] }, { b: [4], c: [3] }].map((tensors) => clip(clipper, tensors).norm)).toEqual([
      5, 3, 5,
    ]);
  });

  it('a tensor may get more units', () => {
    const clipper = createClipper(2, { scope: 'unit' });
    const factors = [[[4]], [[4], [8]], [[8]]].map((w) => [...clip(clipper, { w }).factors('w')]);
    expect(factors).toEqual([[0.5], [0.5, 0.25], [0.25]]);
  });
});
