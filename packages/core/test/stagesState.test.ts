import { createClipper, decode, encode } from '@gradclip/core';
import type { Clipper, Json } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { spelledState, withoutWarnings } from './support/clipper.ts';
import { codeOf, errorOf } from './support/errors.ts';
import { counting, stagedStep, stagesIn } from './support/stages.ts';

withoutWarnings();

const run = (clipper: Clipper, ...stages: Parameters<typeof stagedStep>[1][number][]): unknown =>
  stagedStep(clipper, stages, { W: [1, 2], b: [3] });
const saved = (...stages: Parameters<typeof stagedStep>[1][number][]): Json => {
  const clipper = createClipper(Infinity);
  for (let step = 0; step < 3; step++) run(clipper, ...stages);
  return decode(encode(clipper.state()));
};
const restored = (state: Json, policy: 'refuse' | 'reset' = 'refuse'): Clipper => {
  const clipper = createClipper(Infinity);
  clipper.restore(state, { policy });
  return clipper;
};

describe('the state of stages', () => {
  test('is a part of the clipper’s where there is any', () => {
    const clipper = createClipper(Infinity);
    expect(clipper.state()).not.toHaveProperty('stages');
    run(clipper, counting());
    const tensors = { W: [2, { taken: 1 }], b: [1, { taken: 1 }] };
    expect(stagesIn(clipper)).toEqual([{ name: 'counting', options: {}, stateVersion: 1, tensors }]);
    expect(clipper.state()).toHaveProperty('version', 1);
  });

  test('is a copy, on the way out and on the way in', () => {
    const state = saved(counting());
    const clipper = restored(state);
    const text = encode(state);
    run(clipper, counting());
    expect(encode(state)).toBe(text);
    const out = clipper.state();
    const before = encode(out);
    run(clipper, counting());
    expect(encode(out)).toBe(before);
  });

  test('goes on where it was, and is the same text before its stage comes', () => {
    const state = saved(counting());
    const clipper = restored(state);
    expect(spelledState(clipper)).toBe(encode(state));
    expect(run(clipper, counting())).toEqual([[4, 5], [6]]);
    // Back again.
    clipper.restore(state);
    expect(run(clipper, counting())).toEqual([[4, 5], [6]]);
  });

  test('a state without stages starts them fresh', () => {
    const clipper = createClipper(Infinity);
    const empty = clipper.state();
    run(clipper, counting());
    run(clipper, counting());
    clipper.restore(empty);
    expect(run(clipper, counting())).toEqual([[1, 2], [3]]);
  });

  test('keeps tensors that are away, and takes new ones', () => {
    const clipper = restored(saved(counting()));
    stagedStep(clipper, [counting()], { c: [7], W: [1, 2] });
    expect(stagesIn(clipper)).toMatchObject([
      { tensors: { W: [2, { taken: 4 }], b: [1, { taken: 3 }], c: [1, { taken: 1 }] } },
    ]);
  });

  test('save and load of a stage, with the version that was saved', () => {
    const versions: number[] = [];
    const load = (data: Json, version: number): { taken: number } => {
      versions.push(version);
      return { taken: Number(data) };
    };
    const state = saved(counting({ save: ({ taken }) => String(taken) }));
    const clipper = restored(state);
    expect(run(clipper, counting({ load, stateVersion: 2 }))).toEqual([[4, 5], [6]]);
    expect(versions).toEqual([1, 1]);
  });

  test('load of a stage is not asked for a later version than its own', () => {
    const state = saved(counting({ stateVersion: 2 }));
    const stage = counting({ load: () => expect.unreachable() });
    expect(codeOf(() => run(restored(state), stage))).toBe('STATE_MISMATCH');
    expect(run(restored(state, 'reset'), stage)).toEqual([[1, 2], [3]]);
  });

  test('a state that is not plain data is refused', () => {
    const clipper = createClipper(Infinity);
    run(
      clipper,
      counting({
        init: () =>
          new (class State {
            taken = 0;
          })(),
      }),
    );
    expect(errorOf(() => clipper.state())).toMatchObject({ code: 'NOT_JSON' });
  });
});

describe('another list of stages than was saved', () => {
  const other = counting({ name: 'other' });
  const cases = [
    ['another name', other],
    ['other options', counting({ options: { a: 1 } })],
    ['another state version', counting({ stateVersion: 2 })],
  ] as const;

  test.each(cases)('is refused: %s', (_, stage) => {
    const state = saved(counting());
    const clipper = restored(state);
    expect(codeOf(() => run(clipper, stage))).toBe('STATE_MISMATCH');
    expect(spelledState(clipper)).toBe(encode(state));
    expect(run(clipper, counting())).toEqual([[4, 5], [6]]);
  });

  test.each(cases)('starts fresh with policy: reset: %s', (_, stage) => {
    expect(run(restored(saved(counting()), 'reset'), stage)).toEqual([[1, 2], [3]]);
  });

  test('reset keeps what fits', () => {
    const clipper = restored(saved(counting(), other), 'reset');
    expect(run(clipper, counting())).toEqual([[4, 5], [6]]);
    expect(stagesIn(clipper)).toMatchObject([{ name: 'counting' }]);
  });

  test('one more is fresh, one less is refused', () => {
    expect(run(restored(saved(counting())), counting(), other)).toEqual([[4, 5], [6]]);
    expect(codeOf(() => run(restored(saved(counting(), other)), counting()))).toBe('STATE_MISMATCH');
  });

  test('a tensor of another length', () => {
    const step = (policy: 'refuse' | 'reset'): unknown =>
      stagedStep(restored(saved(counting()), policy), [counting()], { W: [1, 2, 3], b: [3] });
    expect(codeOf(() => step('refuse'))).toBe('STAGE_MISMATCH');
    expect(step('reset')).toEqual([[1, 2, 3], [6]]);
  });

  test('stages that never come back are announced', () => {
    const clipper = restored(saved(counting()));
    const alerts: string[] = [];
    clipper.alerts$.subscribe(({ code, message }) => alerts.push(`${code} ${message}`));
    const without = counting({ name: 'x' });
    for (let step = 0; step < 100; step++) {
      const m = { order: 2, names: ['W', 'b'], power: new Float64Array(2), size: Float64Array.of(2, 1), nonFinite: 0 };
      clipper.decide(m);
    }
    expect(alerts).toEqual(['STATE_LEFT_OVER 1 saved keys have not come back in 100 steps: counting.']);
    expect(codeOf(() => run(clipper, without))).toBe('STATE_MISMATCH');
  });
});

test.each([
  ['no list', {}],
  ['no stage', [null]],
  ['no name', [{ stateVersion: 1, tensors: {} }]],
  ['no version', [{ name: 'a', tensors: {} }]],
  ['no tensors', [{ name: 'a', stateVersion: 1, tensors: [] }]],
  ['no length', [{ name: 'a', stateVersion: 1, tensors: { W: [-1, 0] } }]],
  ['no pair', [{ name: 'a', stateVersion: 1, tensors: { W: 3 } }]],
])('a saved part of stages that is damaged is refused whole: %s', (_, stages) => {
  const clipper = createClipper(Infinity);
  run(clipper, counting());
  const before = spelledState(clipper);
  const damaged = { ...(clipper.state() as object), stages } as Json;
  expect(codeOf(() => clipper.restore(damaged))).toBe('STATE_INVALID');
  expect(spelledState(clipper)).toBe(before);
});
