import { cap, floor, largest, rewarm, simulate, skipAbove, smallest, switchAt, times, warmup } from '@gradclip/core';
import type { ClipBound, ClipDecision, PolicyLike } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyBound, finiteNorm, positive, SEED } from './support/arbitraries.ts';
import { isHit, naiveExtreme, normAfter } from './support/naiveBound.ts';
import { naive, plain, policyOf, someEvents, someTree } from './support/naiveTree.ts';
import { always, answers, eventOf, recorder, script } from './support/policies.ts';

const after = (policy: PolicyLike, norms: number[]): number[] =>
  simulate(policy, norms).map((decision) => decision.normAfter);
const actions = (policy: PolicyLike, norms: number[]): ClipDecision['action'][] =>
  simulate(policy, norms).map((decision) => decision.action);
const boundOn = (policy: PolicyLike, norm: number): ClipBound | 'fault' =>
  answers(policy as never, [eventOf(norm, 0, { maxAbs: norm })]).bounds[0]!;

describe('by hand', () => {
  test.each<[what: string, policy: PolicyLike, norm: number, bound: ClipBound]>([
    ['cap lowers a threshold', cap(5, 2), 8, 2],
    ['cap turns off into a threshold', cap(Infinity, 2), 8, 2],
    [
      'cap lowers a target and its threshold',
      cap(always({ threshold: 5, target: 3 }), 2),
      8,
      { threshold: 2, target: 2 },
    ],
    ['cap leaves a target below it', cap(always({ threshold: 5, target: 1 }), 2), 8, { threshold: 2, target: 1 }],
    ['cap replaces a factor that leaves more', cap(always({ factor: 0.5 }), 2), 8, { factor: 0.25 }], // 4 > 2: 2 / 8
    ['cap does not raise a norm to its limit', cap(always({ factor: 3 }), 4), 2, { factor: 1 }], // 6 > 4, and 4 / 2 > 1
    ['cap keeps a factor that leaves its limit', cap(always({ factor: 0.5 }), 4), 8, { factor: 0.5 }],
    ['cap lets a skip pass', cap(always({ skip: 'why' }), 2), 8, { skip: 'why' }],
    ['cap lets a clamp pass', cap(always({ clamp: 7 }), 2), 8, { clamp: 7 }],
    ['floor raises a threshold', floor(1, 2), 8, 2],
    [
      'floor raises a target and its threshold',
      floor(always({ threshold: 1, target: 0.5 }), 2),
      8,
      { threshold: 2, target: 2 },
    ],
    ['floor raises a target alone', floor(always({ threshold: 5, target: 1 }), 2), 8, { threshold: 5, target: 2 }],
    ['floor replaces a factor that leaves less', floor(always({ factor: 0.1 }), 2), 8, { factor: 0.25 }], // 0.8 < 2: 2 / 8
    ['floor does not raise a smaller norm', floor(always({ factor: 0.1 }), 2), 1, { factor: 1 }],
    ['floor keeps a factor that raises', floor(always({ factor: 3 }), 9), 1, { factor: 3 }], // 3 is above min(1, 9)
    ['floor lets a clamp pass', floor(always({ clamp: 1 }), 2), 8, { clamp: 1 }],
    ['times multiplies a threshold', times(2, 3), 8, 6],
    [
      'times multiplies threshold and target',
      times(always({ threshold: 2, target: 1 }), 3),
      8,
      { threshold: 6, target: 3 },
    ],
    ['times multiplies a factor', times(always({ factor: 0.5 }), 3), 8, { factor: 1.5 }],
    ['times multiplies a clamp', times(always({ clamp: 2 }), 3), 8, { clamp: 6 }],
    ['times lets a skip pass', times(always({ skip: 'why' }), 3), 8, { skip: 'why' }],
    ['smallest counts a skip as 0', smallest(1, always({ skip: 'why' })), 8, { skip: 'why' }],
    ['largest counts a skip as 0', largest(1, always({ skip: 'why' })), 8, 1],
    ['smallest of {skip} is that skip', smallest(always({ skip: 'why' })), 8, { skip: 'why' }],
    ['smallest prefers a number in a tie', smallest(always({ factor: 0.5 }), 4), 8, 4], // both leave 4
    ['smallest prefers the smaller threshold in a tie', smallest(9, 5, 7), 2, 5], // all leave 2
    ['largest prefers the larger threshold in a tie', largest(5, 9, 7), 2, 9],
    ['smallest keeps the order in a tie', smallest(always({ skip: 'a' }), always({ skip: 'b' })), 8, { skip: 'a' }],
    ['a skip loses a tie at a zero norm', smallest(always({ skip: 'why' }), 3), 0, 3],
  ])('%s', (_what, policy, norm, bound) => {
    expect(boundOn(policy, norm)).toEqual(bound);
  });

  test('in a tie a threshold comes before what has none, wherever it stands', () => {
    // On a norm of 10 all three leave 2.
    const [a, b, c] = [
      always({ threshold: 5, target: 2 }),
      always({ factor: 0.2 }),
      always({ threshold: 3, target: 2 }),
    ];
    for (const policies of [
      [a, b, c],
      [b, a, c],
      [c, b, a],
      [a, c, b],
    ]) {
      expect(boundOn(smallest(...policies), 10)).toEqual({ threshold: 3, target: 2 });
      expect(boundOn(largest(...policies), 10)).toEqual({ threshold: 5, target: 2 });
    }
  });

  test('skipAbove skips above a threshold and not at it', () => {
    expect(actions(skipAbove(1, 5), [0.5, 5, 5.001, 8, 2])).toEqual(['pass', 'scale', 'skip', 'skip', 'scale']);
    expect(simulate(skipAbove(1, 5), [8])[0]!.reason).toBe('norm 8 is above 5');
  });

  test('skipAbove takes whatever is a hit of its limit', () => {
    expect(actions(skipAbove(1, always({ factor: 1 })), [8, 0])).toEqual(['scale', 'pass']);
    expect(actions(skipAbove(1, always({ factor: 2 })), [8, 0])).toEqual(['skip', 'pass']);
    expect(actions(skipAbove(1, always({ threshold: 4, target: 1 })), [4, 5])).toEqual(['scale', 'skip']);
    expect(actions(skipAbove(1, Infinity), [1e300])).toEqual(['scale']);
    expect(actions(skipAbove(always({ skip: 'own' }), 5), [1])).toEqual(['skip']);
  });

  test('warmup answers until for its first events, and the policy is fed from the first', () => {
    // script gives 1, 2, 3, 4; the first two are not used.
    expect(after(warmup(script([1, 2, 3, 4]), { steps: 2 }), [8, 8, 8, 8])).toEqual([8, 8, 3, 4]);
    expect(after(warmup(script([1, 2, 3]), { steps: 1, until: { factor: 0.5 } }), [8, 8, 8])).toEqual([4, 2, 3]);
    expect(actions(warmup(1, { steps: 2, until: { skip: 'calibrating' } }), [8, 8, 8])).toEqual([
      'skip',
      'skip',
      'scale',
    ]);
    expect(after(warmup(2, { steps: 0, until: 1 }), [8])).toEqual([2]);
  });

  test('warmup does not skip for a key first seen after step 0', () => {
    const policy = warmup(1, { steps: 2, until: { skip: 'calibrating' } });
    const events = [1, 2, 3].map((step) => eventOf(8, step, { key: 'late' }));
    expect(answers(policy, events).bounds).toEqual([Infinity, Infinity, 1]);
    const other = warmup(1, { steps: 2, until: { factor: 0.5 } });
    expect(answers(other, events).bounds).toEqual([{ factor: 0.5 }, { factor: 0.5 }, 1]);
  });

  test('switchAt goes by the step, and both have seen every norm', () => {
    expect(after(switchAt(2, script([1, 2, 3]), script([4, 5, 6])), [8, 8, 8])).toEqual([1, 2, 6]);
    expect(answers(switchAt(2, 1, 4), [eventOf(8, 7)]).bounds).toEqual([4]);
    expect(after(switchAt(0, 1, 4), [8])).toEqual([4]);
  });

  test('rewarm starts anew after so many hits in a row', () => {
    // script gives 1, 2, 3 … to norms of 2: hit, no hit, hit, hit (the threshold 1 again), then anew.
    const policy = rewarm(script([1, 2, 1, 1, 7, 7]), { after: 2 });
    expect(
      answers(
        policy,
        Array.from({ length: 8 }, (_, i) => eventOf(2, i)),
      ).bounds,
    ).toEqual([1, 2, 1, 1, 1, 2, 1, 1]);
    expect(after(rewarm(script([3, 4]), { after: 1 }), [8, 8, 8])).toEqual([3, 3, 3]);
  });

  test('rewarm meets a fresh state for its own key', () => {
    const keys: string[] = [];
    const init = (key: string): { count: number } => ({ count: keys.push(key) });
    const policy = rewarm(recorder([], { init, decide: (state) => [1, state] }), { after: 2 });
    answers(
      policy,
      Array.from({ length: 4 }, (_, step) => eventOf(2, step, { key: 'w#3' })),
    );
    expect(keys).toEqual(['w#3', 'w#3', 'w#3']);
  });
});

describe('against a naive counterpart', () => {
  test('the extremes choose the same bound, with ties', () => {
    const bounds = fc.array(
      anyBound.filter((bound) => typeof bound !== 'object' || !('clamp' in bound)),
      { minLength: 1, maxLength: 5 },
    );
    const norms = fc.constantFrom(0, 0.5, 1, 2, 4, 7);
    fc.assert(
      fc.property(bounds, norms, (list, norm) => {
        expect(boundOn(smallest(...list.map(always)), norm)).toBe(naiveExtreme(list, norm, 1));
        expect(boundOn(largest(...list.map(always)), norm)).toBe(naiveExtreme(list, norm, -1));
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  test('cap and floor keep what they promise of the norm after', () => {
    fc.assert(
      fc.property(anyBound, finiteNorm, positive, (bound, norm, limit) => {
        fc.pre(norm < 1e100);
        const few = 1 + 4 * 2 ** -52;
        const [capped, floored] = [
          boundOn(cap(always(bound), limit), norm),
          boundOn(floor(always(bound), limit), norm),
        ] as ClipBound[];
        const passes = typeof bound === 'object' && ('skip' in bound || 'clamp' in bound);
        if (passes) expect([capped, floored]).toEqual([bound, bound]);
        else {
          expect(normAfter(capped!, norm)).toBeLessThanOrEqual(limit * few);
          expect(normAfter(floored!, norm) * few).toBeGreaterThanOrEqual(Math.min(norm, limit));
        }
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  test('compositions answer the same, event by event', () => {
    fc.assert(
      fc.property(someTree, someEvents, (tree, events) => {
        const rule = naive(tree);
        const { bounds } = answers(policyOf(tree), events);
        expect(bounds.map((bound) => plain(bound as ClipBound))).toEqual(events.map((event) => plain(rule(event))));
      }),
      { ...SEED, numRuns: 1500 },
    );
  });

  test('compositions decide the same behind the guard', () => {
    fc.assert(
      fc.property(
        someTree,
        fc.array(fc.constantFrom(0, 0.5, 1, 2, 4, 8), { minLength: 1, maxLength: 12 }),
        (tree, norms) => {
          const rule = naive(tree);
          const expected = norms.map((norm, step) => {
            const bound = rule(eventOf(norm, step));
            return { bound, hit: isHit(bound, norm), after: normAfter(bound, norm) };
          });
          simulate(policyOf(tree), norms).forEach(({ action, normAfter: left }, step) => {
            const { bound, hit, after: wanted } = expected[step]!;
            const skips = typeof bound === 'object' && 'skip' in bound;
            expect(action).toBe(skips ? 'skip' : hit && wanted !== norms[step] ? 'scale' : 'pass');
            expect(Math.abs(left - wanted)).toBeLessThanOrEqual(wanted * 2 ** -51);
          });
        },
      ),
      { ...SEED, numRuns: 500 },
    );
  });
});
