import { createClipper, decode, encode } from '@gradclip/core';
import type { ClipGroup, ClipPolicy, Clipper, ClipperOptions, GradclipError, Json, PolicyLike } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, clip, clipNorms, codeOf, codesOf, errorOf, spelledState, spelledStats, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const counting = (more: Partial<ClipPolicy<{ seen: number }>> = {}): ClipPolicy<{ seen: number }> =>
  answering((_, seen) => seen + 1, more);

/** A clipper that has something of everything to save. */
function used(): Clipper {
  const failing = answering(({ step }) => (step === 2 ? NaN : 4), { name: 'failing', options: { a: [1, { b: 2 }] } });
  const clipper = createClipper([{ match: 'a', policy: counting({ options: { start: 1 } }), scope: 'tensor' }, { match: 'b', policy: failing }], {
    shadows: { two: 2, skips: answering(() => ({ skip: 'no' })) },
    nonFiniteBudget: 5,
  });
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
  expect(clip(clipper, { a1: [8], a2: [2], b: [6] }).decisions).toEqual(clip(used(), { a1: [8], a2: [2], b: [6] }).decisions);
  return error!;
}

describe('what is no saved state', () => {
  it.each<[name: string, value: unknown]>([
    ['nothing', undefined], ['null', null], ['a number', 1], ['a text', 'state'], ['a list', []], ['an empty object', {}],
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
          expect([where, codeOf(() => clipper.state())]).toEqual([where, undefined]);
        } else {
          expect([where, ['STATE_INVALID', 'STATE_MISMATCH'].includes(code)]).toEqual([where, true]);
          expect([where, spelledState(clipper) + spelledStats(clipper)]).toEqual([where, before]);
        }
      }
  });

  it.each([-1, 0.5, NaN, Infinity, '4', null])('a state at step %s is refused', (step) => {
    const clipper = used();
    const state = { ...(used().state() as object), step } as Json;
    expect(expectUntouched(clipper, () => clipper.restore(state)).code).toBe('STATE_INVALID');
  });
});

describe('a saved state of another clipper', () => {
  type Make = [policy: PolicyLike | readonly ClipGroup[], options?: ClipperOptions];
  const two = (policy: PolicyLike, more: Partial<ClipGroup> = {}): ClipGroup[] => [{ match: 'a', policy, ...more }, { match: 'b', policy: 2 }];
  it.each<[name: string, saved: Make, own: Make]>([
    ['another policy', [counting()], [counting({ name: 'other' })]],
    ['other options', [1], [2]],
    ['options that another policy of the name has not', [counting({ options: {} })], [counting()]],
    ['another scope', [1, { scope: 'tensor' }], [1, { scope: 'unit' }]],
    ['another order of the norm', [1, { norm: 2 }], [1, { norm: 1 }]],
    ['another group', [two(1)], [two(1, { name: 'other' })]],
    ['fewer groups', [[...two(1), { policy: 3 }]], [two(1)]],
    ['groups in another order', [two(1)], [two(1).reverse()]],
    ['another policy in a group', [two(1)], [two(3)]],
    ['another scope in a group', [two(1)], [two(1, { scope: 'tensor' })]],
    ['another shadow', [1, { shadows: { a: 1 } }], [1, { shadows: { b: 1 } }]],
    ['another policy of a shadow', [1, { shadows: { a: 1 } }], [1, { shadows: { a: 2 } }]],
    ['no shadow', [1, { shadows: { a: 1 } }], [1]],
    ['another version of a policy that cannot load it', [counting()], [counting({ stateVersion: 2 })]],
  ])('%s is refused, and reset starts what differs fresh', (_name, saved, own) => {
    const first = createClipper(...saved);
    const tensors = { a: [8], b: [8] };
    for (let i = 0; i < 3; i++) clip(first, tensors);
    const clipper = createClipper(...own);
    clip(clipper, tensors);
    const before = spelledState(clipper);
    const error = errorOf(() => clipper.restore(first.state()));
    expect(error?.code).toBe('STATE_MISMATCH');
    expect(error?.message).toContain("policy: 'reset'");
    expect(spelledState(clipper)).toBe(before);
    expect(clip(clipper, tensors).step).toBe(1);

    const reset = createClipper(...own);
    reset.restore(first.state(), { policy: 'reset' });
    const [step, fresh] = [clip(reset, tensors), clip(createClipper(...own), tensors)];
    expect(step.step).toBe(3);
    const differing = step.decisions.map(({ key, threshold, action }) => ({ key, threshold, action }));
    expect(differing).toEqual(fresh.decisions.map(({ key, threshold, action }) => ({ key, threshold, action })));
  });

  it('reset keeps the policies that are the same', () => {
    const groups = (second: PolicyLike): ClipGroup[] => [{ match: 'a', policy: counting() }, { match: 'b', policy: second }];
    const [first, second] = [createClipper(groups(counting())), createClipper(groups(counting({ options: { other: 1 } })))];
    for (let i = 0; i < 3; i++) clip(first, { a: [8], b: [8] });
    second.restore(first.state(), { policy: 'reset' });
    expect(clip(second, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([4, 1]);
  });

  it.each<[name: string, saved: Make, own: Make]>([
    ['a number, and fixed with it', [1], [{ ...counting(), name: 'fixed', options: { threshold: 1 } }]],
    ['options in another order', [counting({ options: { a: 1, b: [1, NaN] } })], [counting({ options: { b: [1, NaN], a: 1 } })]],
    ['guards that are set otherwise', [1], [1, { epsilon: 1, nonFiniteBudget: 3, envelope: { max: 9 }, observe: true }]],
    ['shadows in another order', [1, { shadows: { a: 1, b: 2 } }], [1, { shadows: { b: 2, a: 1 } }]],
  ])('%s is the same', (_name, saved, own) => {
    const first = createClipper(...saved);
    clipNorms(first, [8, 8]);
    const clipper = createClipper(...own);
    clipper.restore(first.state());
    expect(clip(clipper, { w: [8] }).step).toBe(2);
  });
});

describe('the load of a policy', () => {
  const versioned = (stateVersion: number, load: (saved: Json, version: number) => { seen: number }) =>
    counting({ stateVersion, save: ({ seen }) => [seen], load });

  it('is told the version that was saved', () => {
    const first = createClipper(versioned(3, ([seen]: never) => ({ seen })));
    clipNorms(first, [8, 8]);
    const versions: number[] = [];
    const second = createClipper(versioned(5, (saved, version) => (versions.push(version), { seen: (saved as [number])[0] + 10 })));
    second.restore(decode(encode(first.state())));
    expect(versions).toEqual([3]);
    // Two norms were seen, and the new version counts ten more.
    expect(clipNorms(second, [8])[0]!.threshold).toBe(13);
  });

  it('that throws leaves the clipper as it was, whatever was loaded before', () => {
    const failing = versioned(1, () => {
      throw new Error('no such state');
    });
    const make = () => createClipper([{ match: 'a', policy: counting() }, { match: 'b', policy: failing }], { shadows: { two: 2 } });
    const [first, second] = [make(), make()];
    for (let i = 0; i < 3; i++) clip(first, { a: [8], b: [8] });
    clip(second, { a: [8], b: [8] });
    const before = spelledState(second) + spelledStats(second);
    expect(() => second.restore(first.state())).toThrow('no such state');
    expect(spelledState(second) + spelledStats(second)).toBe(before);
    expect(clip(second, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([2, 2]);
  });

  it('is not called for a key that has no state yet', () => {
    const policy = versioned(1, (saved) => ({ seen: (saved as [number])[0] }));
    const [first, second] = [createClipper(policy), createClipper(policy)];
    clipNorms(first, [NaN]);
    second.restore(first.state());
    expect(clipNorms(second, [8])[0]!.threshold).toBe(1);
  });
});

describe('a state that is not plain data', () => {
  it.each<[name: string, state: unknown]>([
    ['a typed array', new Float64Array(2)], ['a map', new Map()], ['a date', new Date(0)], ['a function', () => {}],
    ['undefined', undefined], ['a bigint', 1n], ['a promise', Promise.resolve()], ['an instance', new (class Window {})()],
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

describe('saved keys that do not come back', () => {
  const restored = () => {
    const make = () => createClipper(counting(), { scope: 'tensor' });
    const [first, second] = [make(), make()];
    clip(first, { kept: [8], gone: [8], lost: [8] });
    second.restore(first.state());
    return { clipper: second, alerts: alertsOf(second) };
  };

  it('raise one alert after 100 steps, which names them', () => {
    const { clipper, alerts } = restored();
    for (let i = 0; i < 99; i++) clip(clipper, { kept: [8] });
    expect(alerts).toEqual([]);
    for (let i = 0; i < 200; i++) clip(clipper, { kept: [8] });
    expect(codesOf(alerts)).toEqual(['STATE_LEFT_OVER']);
    expect(alerts[0]).toMatchObject({ step: 100 });
    expect(alerts[0]!.message).toMatch(/gone, lost/);
    expect(alerts[0]!.message).not.toContain('kept');
  });

  it('raise none when all have come back, at any of the steps', () => {
    const { clipper, alerts } = restored();
    for (let i = 0; i < 150; i++) clip(clipper, { kept: [8], ...(i === 40 && { gone: [8] }), ...(i === 99 && { lost: [8] }) });
    expect(alerts).toEqual([]);
  });

  it('keep their state for when they come', () => {
    const { clipper } = restored();
    for (let i = 0; i < 150; i++) clip(clipper, { kept: [8] });
    expect(clip(clipper, { gone: [8] }).decisions[0]!.threshold).toBe(2);
  });

  it('are not thought to have come by a step that was refused', () => {
    const { clipper, alerts } = restored();
    expect(codeOf(() => clip(clipper, { kept: [8], gone: [8], lost: [8] }, { step: 1, lossScale: NaN }))).toBe('INVALID_MEASUREMENT');
    for (let i = 0; i < 100; i++) clip(clipper, { kept: [8] });
    expect(codesOf(alerts)).toEqual(['STATE_LEFT_OVER']);
  });
});
