import { cap, createClipper, decode, encode, fromOperator, rewarm, smallest } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import * as fc from 'fast-check';
import { bufferCount, filter, map, NEVER, of, pairwise, skip, tap, withLatestFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { loadPolicyState, savePolicyState } from '../src/state.ts';
import { finiteNorm, SEED } from './support/arbitraries.ts';
import { highest, largestOf } from './support/chains.ts';
import type { Chain } from './support/chains.ts';
import { measured } from './support/measured.ts';
import { answers, eventsOf } from './support/policies.ts';

const reloaded = (policy: ClipPolicy<any>, state: unknown): unknown =>
  loadPolicyState(policy, decode(encode(savePolicyState(policy, state))), policy.stateVersion ?? 1);

describe('a chain saved and loaded', () => {
  const chains: [name: string, memory: number, chain: Chain][] = [
    ['the largest of 4', 4, largestOf(4)],
    [
      'the norm before',
      1,
      (norms$) =>
        norms$.pipe(
          pairwise(),
          map(([before]) => before.norm || 1),
        ),
    ],
    [
      'the norm three before',
      3,
      (norms$) =>
        norms$.pipe(
          bufferCount(4, 1),
          map(([first]) => first!.norm || 1),
        ),
    ],
    [
      'a skipped start',
      2,
      (norms$) =>
        norms$.pipe(
          skip(2),
          map(({ norm }) => norm / 2 || 1),
        ),
    ],
    ['no memory', 0, (norms$) => norms$.pipe(map(({ norm }) => ({ factor: 1 / (1 + norm) || 1 })))],
    [
      'a second stream',
      0,
      (norms$) =>
        norms$.pipe(
          withLatestFrom(of(3)),
          map(([, limit]) => limit),
        ),
    ],
    [
      'a fault now and then',
      2,
      (norms$) =>
        norms$.pipe(
          filter(({ norm }) => norm !== 2),
          pairwise(),
          map(([{ norm }]) => norm || 1),
        ),
    ],
    [
      'nonsense now and then',
      3,
      (norms$) =>
        norms$.pipe(
          largestOf(3),
          map((bound) => (bound === 2 ? NaN : bound)),
        ),
    ],
    ['never an answer', 2, () => NEVER],
    [
      'events that the chain writes to',
      2,
      (norms$) => largestOf(2)(norms$.pipe(tap((event) => Object.assign(event, { norm: event.norm / 2 })))),
    ],
  ];

  test.each(chains)('goes on exactly, at every event: %s', (_name, memory, chain) => {
    const norm = fc.oneof(fc.integer({ min: 0, max: 3 }), finiteNorm);
    fc.assert(
      fc.property(fc.array(norm, { minLength: 1, maxLength: 10 }), fc.integer({ min: 0, max: 3 }), (norms, more) => {
        const make = (): ClipPolicy<any> => fromOperator('chain', chain, { replay: memory + more });
        const events = eventsOf(norms);
        const whole = answers(make(), events).bounds;
        for (let cut = 0; cut <= events.length; cut++) {
          const policy = make();
          const before = answers(policy, events.slice(0, cut), policy.init('global'));
          const saved = reloaded(policy, before.state);
          expect(answers(policy, events.slice(cut), before.state).bounds).toEqual(whole.slice(cut));
          expect(answers(make(), events.slice(cut), saved).bounds).toEqual(whole.slice(cut));
        }
      }),
      { ...SEED, numRuns: 40 },
    );
  });

  test('keeps no more than the events it replays', () => {
    const policy = highest(3);
    const { state } = answers(policy, eventsOf([1, 2, 3, 4, 5]));
    expect(savePolicyState(policy, state)).toEqual({
      begun: true,
      recent: [3, 4, 5].map((norm) => ({ step: norm - 1, key: 'global', norm, size: 1 })),
    });
  });

  test('inside combinations, and through the clipper', () => {
    const make = (): ClipPolicy => smallest(cap(highest(3), 5), rewarm(highest(2), { after: 4 }));
    const norms = [3, 9, 1, 4, 1, 5, 2, 6, 5, 3, 5];
    const options = { norm: 1 } as const;
    const whole = createClipper(make(), options);
    const expected = norms.map((norm) => whole.decide(measured(norm)).decisions[0]);
    for (let cut = 0; cut <= norms.length; cut++) {
      const [first, second] = [createClipper(make(), options), createClipper(make(), options)];
      const before = norms.slice(0, cut).map((norm) => first.decide(measured(norm)).decisions[0]);
      second.restore(decode(encode(first.state())));
      const after = norms.slice(cut).map((norm) => second.decide(measured(norm)).decisions[0]);
      expect([...before, ...after]).toEqual(expected);
    }
  });
});
