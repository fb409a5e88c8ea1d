import { cap, decode, encode, rewarm, simulate, smallest, switchAt, warmup } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent, Json } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadPolicyState, savePolicyState } from '../src/state.ts';
import { SEED } from './support/arbitraries.ts';
import { codeOf } from './support/errors.ts';
import { policyOf, someEvents, someTree } from './support/naiveTree.ts';
import type { Tree } from './support/naiveTree.ts';
import { always, answering, answers, eventOf, eventsOf, ring, script } from './support/policies.ts';

/** The state of a policy, written as text and read again. */
function reloaded<State>(policy: ClipPolicy<State>, state: unknown): State {
  const text = encode(savePolicyState(policy as ClipPolicy, state));
  return loadPolicyState(policy as ClipPolicy, decode(text), policy.stateVersion ?? 1) as State;
}

describe('the state of a combination', () => {
  test('saved at any event and loaded again goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(someTree, someEvents, fc.nat(), (tree, events, place) => {
        const cut = place % (events.length + 1);
        const whole = answers(policyOf(tree), events).bounds;
        const policy = policyOf(tree);
        const before = answers(policy, events.slice(0, cut), policy.init('global'));
        const after = answers(policyOf(tree), events.slice(cut), reloaded(policy, before.state));
        expect([...before.bounds, ...after.bounds]).toEqual(whole);
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  test('holds typed arrays and versions of the inner policies', () => {
    const policy = smallest(cap(ring(3), 5), rewarm(ring(2), { after: 2 }));
    const { state } = answers(policy, eventsOf([1, 2, 3]));
    const saved = savePolicyState(policy, state);
    expect(JSON.stringify(saved)).toContain('"seen":3},3]'); // the state and its version, 3
    expect(answers(policy, [eventOf(9, 3)], reloaded(policy, state)).bounds).toEqual(
      answers(policy, [eventOf(9, 3)], state).bounds,
    );
  });

  test('tells an inner policy the version its state was saved with', () => {
    const versions: number[] = [];
    const load = (saved: Json, version: number): Json => {
      versions.push(version);
      return saved;
    };
    const old = { ...always(1), name: 'old', stateVersion: 4 };
    const now = { ...always(1), name: 'old', stateVersion: 5, load } as ClipPolicy<any>;
    const saved = savePolicyState(smallest(old, 2), smallest(old, 2).init('global'));
    loadPolicyState(smallest(now, 2), saved, 1);
    expect(versions).toEqual([4]);
    const withoutLoad = { ...always(1), name: 'old', stateVersion: 5 };
    expect(codeOf(() => loadPolicyState(smallest(withoutLoad, 2), saved, 1))).toBe('STATE_MISMATCH');
  });

  test('is plain data once saved: a state that is not is refused, with its place', () => {
    const policy = cap({ ...always(1), init: () => new Map() as never }, 2);
    expect(codeOf(() => savePolicyState(policy, policy.init('global')))).toBe('NOT_JSON');
  });

  test('belongs to its key alone', () => {
    const policy = rewarm(warmup(ring(2), { steps: 1 }), { after: 1 });
    const [a, b] = [policy.init('a'), policy.init('b')];
    const first = answers(policy, [eventOf(1, 0), eventOf(2, 1), eventOf(8, 2)], a);
    expect(first.bounds).toEqual([Infinity, 1, Infinity]); // anew after the hit at 2
    expect(answers(policy, [eventOf(7, 0), eventOf(1, 1)], b).bounds).toEqual([Infinity, 7]);
  });

  test('goes on after a fault as one that was loaded goes on', () => {
    const make = (): ClipPolicy<any> =>
      smallest(
        ring(4),
        cap(
          answering(({ step }) => (step % 3 === 2 ? NaN : Infinity), 'often odd'),
          50,
        ),
      );
    const events = eventsOf([3, 1, 4, 1, 5, 9, 2, 6, 5, 3]);
    const whole = answers(make(), events).bounds;
    expect(whole.filter((bound) => bound === 'fault')).toHaveLength(3);
    for (let cut = 0; cut <= events.length; cut++) {
      const policy = make();
      const before = answers(policy, events.slice(0, cut), policy.init('global'));
      expect([...before.bounds, ...answers(policy, events.slice(cut), reloaded(policy, before.state)).bounds]).toEqual(
        whole,
      );
    }
  });
});

/** Every forecast beside the bound it was for. */
function forecasts(
  policy: ClipPolicy<any>,
  events: readonly GradientNormEvent[],
): [ClipBound | undefined, ClipBound][] {
  let state = policy.init('global');
  return events.map((event) => {
    const before = encode(savePolicyState(policy, state));
    const forecast = policy.forecast?.(state, { step: event.step, key: event.key });
    expect(encode(savePolicyState(policy, state))).toBe(before);
    const [bound, next] = policy.decide(state, event);
    state = next;
    return [forecast, bound];
  });
}

function contains(tree: Tree, kind: Tree['kind']): boolean {
  if (tree.kind === kind) return true;
  const children = Object.values(tree).flatMap((value) => value as Tree | Tree[]);
  return children.some(
    (child) => typeof child === 'object' && child !== null && 'kind' in child && contains(child, kind),
  );
}

describe('a forecast', () => {
  test('is the bound of the next event wherever there is one, and changes no state', () => {
    let given = 0;
    fc.assert(
      fc.property(someTree, someEvents, (tree, events) => {
        for (const [forecast, bound] of forecasts(policyOf(tree), events)) {
          if (forecast === undefined) continue;
          given++;
          expect(bound).toEqual(forecast);
          expect(typeof forecast === 'object' && ('factor' in forecast || 'skip' in forecast)).toBe(false);
        }
      }),
      { ...SEED, numRuns: 500 },
    );
    expect(given).toBeGreaterThan(500);
  });

  test('is there for every combination but skipAbove, where the inner policies have one', () => {
    fc.assert(
      fc.property(someTree, (tree) => {
        expect(policyOf(tree).forecast === undefined).toBe(contains(tree, 'skipAbove'));
      }),
      SEED,
    );
    const without = always(1);
    for (const policy of [
      cap(without, 1),
      smallest(1, without),
      switchAt(5, 1, without),
      warmup(without, { steps: 1 }),
    ])
      expect(policy).not.toHaveProperty('forecast');
  });

  test('is known for thresholds, through caps, extremes, switches and warm-ups', () => {
    const policy = switchAt(
      2,
      warmup(cap(script([4, 9]), 5), { steps: 1, until: { threshold: 2, target: 1 } }),
      smallest(7, 6),
    );
    expect(forecasts(policy, eventsOf([8, 8, 8])).map(([forecast]) => forecast)).toEqual([
      { threshold: 2, target: 1 },
      5,
      6,
    ]);
  });

  test('of a warm-up that skips is unknown at first, and Infinity for a late key', () => {
    const policy = warmup(3, { steps: 1, until: { skip: 'calibrating' } });
    expect(policy.forecast!(policy.init('a'), { step: 0, key: 'a' })).toBeUndefined();
    expect(policy.forecast!(policy.init('a'), { step: 4, key: 'a' })).toBe(Infinity);
    const { state } = answers(policy, [eventOf(8, 4, { key: 'a' })]);
    expect(policy.forecast!(state, { step: 5, key: 'a' })).toBe(3);
  });

  test('of an extreme is unknown beside a target, which may land lower', () => {
    const policy = smallest(3, script([{ threshold: 9, target: 1 }]));
    expect(policy.forecast!(policy.init('a'), { step: 0, key: 'a' })).toBeUndefined();
  });

  test('sees the fresh state after a rewarm', () => {
    const policy = rewarm(script([5, 6]), { after: 1 });
    expect(forecasts(policy, eventsOf([8, 8, 1, 8]))).toEqual([
      [5, 5],
      [5, 5],
      [5, 5], // 1 is no hit
      [6, 6],
    ]);
  });
});

describe('bad gradients', () => {
  test('are not shown to the inner policies, and do not count as hits or warm-up events', () => {
    const policy = (): ClipPolicy => rewarm(warmup(script([1, 2, 3, 4, 5]), { steps: 1 }), { after: 2 });
    const clean = simulate(policy(), [8, 8, 8, 8]);
    const dirty = simulate(policy(), [8, NaN, 8, Infinity, 8, 8]).filter(({ action }) => action !== 'skip');
    expect(dirty.map(({ threshold }) => threshold)).toEqual(clean.map(({ threshold }) => threshold));
  });
});
