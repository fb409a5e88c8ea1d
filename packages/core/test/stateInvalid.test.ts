import { createClipper, decode, encode } from '@gradclip/core';
import type { ClipPolicy, Clipper, GradclipError, Json } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import {
  answering,
  clip,
  clipNorms,
  codeOf,
  errorOf,
  spelledState,
  spelledStats,
  withoutWarnings,
} from './support/clipper.ts';

withoutWarnings();

const counting = (more: Partial<ClipPolicy<{ seen: number }>> = {}): ClipPolicy<{ seen: number }> =>
  answering((_, seen) => seen + 1, more);

/** A clipper that has something of everything to save. */
function used(): Clipper {
  const failing = answering(({ step }) => (step === 2 ? NaN : 4), { name: 'failing', options: { a: [1, { b: 2 }] } });
  const clipper = createClipper(
    [
      { match: 'a', policy: counting({ options: { start: 1 } }), scope: 'tensor' },
      { match: 'b', policy: failing },
    ],
    {
      shadows: { two: 2, skips: answering(() => ({ skip: 'no' })) },
      nonFiniteBudget: 5,
    },
  );
  clipper.alerts$.subscribe(() => {});
  for (const x of [8, 1, 4, NaN]) clip(clipper, { a1: [x], a2: [2], b: [6] });
  return clipper;
}

/** What a refused restore leaves: everything as it was, the next decision included. */
function expectUntouched(clipper: Clipper, act: () => void): GradclipError {
  const look = (): string => spelledState(clipper) + spelledStats(clipper);
  const before = look();
  const error = errorOf(act);
  expect(error).toBeDefined();
  expect(look()).toBe(before);
  expect(clip(clipper, { a1: [8], a2: [2], b: [6] }).decisions).toEqual(
    clip(used(), { a1: [8], a2: [2], b: [6] }).decisions,
  );
  return error!;
}

describe('what is no saved state', () => {
  it.each<[name: string, value: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['a text', 'state'],
    ['a list', []],
    ['an empty object', {}],
    ['another version', { ...(used().state() as object), version: 2 }],
    ['a text of a state', encode(used().state())],
    ['a function', () => {}],
  ])('%s is refused with STATE_INVALID', (_name, value) => {
    const clipper = used();
    expect(expectUntouched(clipper, () => clipper.restore(value as Json)).code).toBe('STATE_INVALID');
  });

  type Path = readonly (string | number)[];
  const pathsOf = (value: unknown, path: Path = []): Path[] =>
    typeof value === 'object' && value !== null
      ? [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))]
      : [path];
  const changed = (state: Json, path: Path, change: (holder: Record<string, unknown>, key: string) => void): Json => {
    const copy = decode(encode(state));
    let holder = copy as unknown as Record<string, unknown>;
    for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
    change(holder, String(path.at(-1)));
    return copy;
  };

  it('a state with one part of it broken is refused, or restored as it is; never half', () => {
    const whole = used().state();
    const wrongs: unknown[] = [null, 'garbage', '', {}, [], true, 7, undefined];
    for (const path of pathsOf(whole).filter(({ length }) => length > 0))
      for (const wrong of wrongs) {
        const state = changed(whole, path, (holder, key) => {
          if (wrong !== undefined) holder[key] = wrong;
          else if (Array.isArray(holder)) holder.splice(Number(key), 1);
          else delete holder[key];
        });
        const clipper = used();
        const before = spelledState(clipper) + spelledStats(clipper);
        let code: string | undefined;
        try {
          code = codeOf(() => clipper.restore(state));
        } catch (thrown) {
          throw new Error(`${path.join('.')} as ${JSON.stringify(wrong)}: ${String(thrown)}`, { cause: thrown });
        }
        const where = `${path.join('.')} as ${JSON.stringify(wrong)}`;
        if (code === undefined) {
          expect([where, spelledState(clipper)]).toEqual([where, encode(state)]);
          for (let i = 0; i < 9; i++) codeOf(() => clip(clipper, { a1: [8], a2: [2], b: [6] }));
          expect([where, codeOf(() => spelledState(clipper))]).toEqual([where, undefined]);
        } else {
          expect([where, ['STATE_INVALID', 'STATE_MISMATCH'].includes(code)]).toEqual([where, true]);
          expect([where, spelledState(clipper) + spelledStats(clipper)]).toEqual([where, before]);
        }
      }
  });

  it.each([
    ['clips that are no bits', [1, 2, 3, 4], '1x10'],
    ['more norms than are kept', Array.from({ length: 1025 }, () => 1), '1'.repeat(1025)],
    ['fewer clips than norms', [1, 2, 3, 4], '110'],
  ])('a state with %s is refused', (_name, norms, clips) => {
    const clipper = used();
    const saved = used().state() as { recent: object };
    const state = { ...saved, recent: { ...saved.recent, norms, clips } } as Json;
    expect(expectUntouched(clipper, () => clipper.restore(state)).code).toBe('STATE_INVALID');
  });

  it.each([-1, 0.5, NaN, Infinity, '4', null])('a state at step %s is refused', (step) => {
    const clipper = used();
    const state = { ...(used().state() as object), step } as Json;
    expect(expectUntouched(clipper, () => clipper.restore(state)).code).toBe('STATE_INVALID');
  });
});

describe('a state that is not plain data', () => {
  it.each<[name: string, state: unknown]>([
    ['a typed array', new Float64Array(2)],
    ['a map', new Map()],
    ['a date', new Date(0)],
    ['a function', () => {}],
    ['undefined', undefined],
    ['a bigint', 1n],
    ['a promise', Promise.resolve()],
    [
      'an instance',
      new (class Window {
        size = 1;
      })(),
    ],
  ])('%s is refused with NOT_JSON, which names the policy', (_name, inner) => {
    const policy: ClipPolicy = { name: 'typed', init: () => ({ inner }), decide: (state) => [1, state] };
    const clipper = createClipper(policy);
    clipNorms(clipper, [8]);
    const error = errorOf(() => clipper.state());
    expect(error?.code).toBe('NOT_JSON');
    expect(error?.message).toMatch(/typed.*inner/);
    expect(clipNorms(clipper, [8])[0]!.step).toBe(1);
  });
});
