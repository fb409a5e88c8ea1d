import { createClipper, decode, encode } from '@gradclip/core';
import type { ClipGroup, ClipPolicy, Clipper, ClipperOptions, Json, PolicyLike } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import {
  alertsOf,
  answering,
  clip,
  clipNorms,
  codeOf,
  codesOf,
  errorOf,
  spelledState,
  spelledStats,
  withoutWarnings,
} from './support/clipper.ts';

withoutWarnings();

const counting = (more: Partial<ClipPolicy<{ seen: number }>> = {}): ClipPolicy<{ seen: number }> =>
  answering((_, seen) => seen + 1, more);

describe('a saved state of another clipper', () => {
  type Make = [policy: PolicyLike | readonly ClipGroup[], options?: ClipperOptions];
  const two = (policy: PolicyLike, more: Partial<ClipGroup> = {}): ClipGroup[] => [
    { match: 'a', policy, ...more },
    { match: 'b', policy: 2 },
  ];
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
    const groups = (second: PolicyLike): ClipGroup[] => [
      { match: 'a', policy: counting() },
      { match: 'b', policy: second },
    ];
    const [first, second] = [
      createClipper(groups(counting())),
      createClipper(groups(counting({ options: { other: 1 } }))),
    ];
    for (let i = 0; i < 3; i++) clip(first, { a: [8], b: [8] });
    second.restore(first.state(), { policy: 'reset' });
    expect(clip(second, { a: [8], b: [8] }).decisions.map(({ threshold }) => threshold)).toEqual([4, 1]);
  });

  it.each<[name: string, saved: Make, own: Make]>([
    ['a number, and fixed with it', [1], [{ ...counting(), name: 'fixed', options: { threshold: 1 } }]],
    [
      'options in another order',
      [counting({ options: { a: 1, b: [1, NaN] } })],
      [counting({ options: { b: [1, NaN], a: 1 } })],
    ],
    [
      'guards that are set otherwise',
      [1],
      [1, { epsilon: 1, nonFiniteBudget: 3, envelope: { max: 9 }, observe: true }],
    ],
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
    const first = createClipper(versioned(3, (saved) => ({ seen: (saved as [number])[0] })));
    clipNorms(first, [8, 8]);
    const versions: number[] = [];
    const second = createClipper(
      versioned(5, (saved, version) => (versions.push(version), { seen: (saved as [number])[0] + 10 })),
    );
    second.restore(decode(encode(first.state())));
    expect(versions).toEqual([3]);
    // Two norms were seen, and the new version counts ten more.
    expect(clipNorms(second, [8])[0]!.threshold).toBe(13);
  });

  it('is not asked for a version that is later than its own', () => {
    const load = (saved: Json) => ({ seen: (saved as [number])[0] });
    const first = createClipper(versioned(5, load));
    clipNorms(first, [8, 8]);
    const own = () =>
      createClipper(versioned(3, () => expect.unreachable('it cannot know what a later version has written')));
    const clipper = own();
    const before = spelledState(clipper);
    const error = errorOf(() => clipper.restore(first.state()));
    expect(error).toMatchObject({ code: 'STATE_MISMATCH', where: { saved: 5, own: 3 } });
    expect(spelledState(clipper)).toBe(before);
    clipper.restore(first.state(), { policy: 'reset' });
    expect(clipNorms(clipper, [8])[0]).toMatchObject({ step: 2, threshold: 1 });
  });

  it('that throws leaves the clipper as it was, whatever was loaded before', () => {
    const failing = versioned(1, () => {
      throw new Error('no such state');
    });
    const make = () =>
      createClipper(
        [
          { match: 'a', policy: counting() },
          { match: 'b', policy: failing },
        ],
        { shadows: { two: 2 } },
      );
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
    for (let i = 0; i < 150; i++)
      clip(clipper, { kept: [8], ...(i === 40 && { gone: [8] }), ...(i === 99 && { lost: [8] }) });
    expect(alerts).toEqual([]);
  });

  it('are announced also when the hundredth step was given up', () => {
    const policy = answering(() => 2, { forecast: () => 2 });
    const [first, second] = [0, 0].map(() => createClipper(policy, { scope: 'tensor' })) as [Clipper, Clipper];
    clip(first, { kept: [8], gone: [8] });
    second.restore(first.state());
    const alerts = alertsOf(second);
    for (let i = 0; i < 99; i++) clip(second, { kept: [8] });
    second.forecast(['kept']);
    second.abandon(100, 'the read failed');
    for (let i = 0; i < 99; i++) clip(second, { kept: [8] });
    expect(codesOf(alerts)).toEqual(['STATE_LEFT_OVER']);
  });

  it('keep their state for when they come', () => {
    const { clipper } = restored();
    for (let i = 0; i < 150; i++) clip(clipper, { kept: [8] });
    expect(clip(clipper, { gone: [8] }).decisions[0]!.threshold).toBe(2);
  });

  it('are not thought to have come by a step that was refused', () => {
    const { clipper, alerts } = restored();
    expect(codeOf(() => clip(clipper, { kept: [8], gone: [8], lost: [8] }, { step: 1, lossScale: NaN }))).toBe(
      'INVALID_MEASUREMENT',
    );
    for (let i = 0; i < 100; i++) clip(clipper, { kept: [8] });
    expect(codesOf(alerts)).toEqual(['STATE_LEFT_OVER']);
  });
});
