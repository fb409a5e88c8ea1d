import { createClipper } from '@gradclip/core';
import type { ClipForecast, Clipper } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { answering, clip, codeOf, errorOf, measure, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const counting = () => answering((_, seen) => seen + 1, { forecast: ({ seen }) => seen + 1 });
const arrive = (clipper: Clipper, tensors: Record<string, number[]>, context = {}) =>
  clipper.arrive(measure(clipper.plan, tensors), context);
const open = (clipper: Clipper, count: number, names = ['w']): ClipForecast[] =>
  Array.from({ length: count }, () => clipper.forecast(names)!);

describe('open steps', () => {
  it('are closed in order, by whatever number is given', () => {
    const clipper = createClipper(counting());
    open(clipper, 3);
    for (const step of [1, 2, 3, -1, NaN])
      expect(codeOf(() => arrive(clipper, { w: [8] }, { step }))).toBe('STEP_OUT_OF_ORDER');
    expect([0, 1, 2].map((step) => arrive(clipper, { w: [8] }, { step }).step)).toEqual([0, 1, 2]);
    expect(codeOf(() => arrive(clipper, { w: [8] }))).toBe('NO_OPEN_STEP');
  });

  it.each<[name: string, opened: string[], tensors: Record<string, number[]>, scope: 'global' | 'tensor' | 'group']>([
    ['another tensor', ['a', 'b'], { a: [8], c: [8] }, 'tensor'],
    ['another tensor', ['a', 'b'], { a: [8], c: [8] }, 'global'],
    ['one tensor less', ['a', 'b'], { a: [8] }, 'tensor'],
    ['one tensor less', ['a', 'b'], { a: [8] }, 'global'],
    ['one tensor more', ['a'], { a: [8], b: [8] }, 'tensor'],
    ['one tensor more', ['a'], { a: [8], b: [8] }, 'group'],
    ['no tensor', ['a'], {}, 'global'],
    ['the tensors in another order', ['a', 'b'], { b: [8], a: [8] }, 'tensor'],
  ])('are not closed by %s (%s, %o, scope %s), and stay open', (_name, names, tensors, scope) => {
    const clipper = createClipper(counting(), { scope });
    const own = Object.fromEntries(names.map((name) => [name, [8]]));
    clip(clipper, own);
    open(clipper, 2, names);
    expect(errorOf(() => arrive(clipper, tensors))).toMatchObject({ code: 'INVALID_MEASUREMENT', where: { step: 1 } });
    expect(clipper.stats()).toMatchObject({ steps: 1 });
    expect([arrive(clipper, own).step, arrive(clipper, own).step]).toEqual([1, 2]);
    expect([...clipper.stats().keys.keys()]).toEqual(scope === 'tensor' ? names : ['global']);
  });

  it('are not closed by the same tensors with other units', () => {
    const clipper = createClipper(2, { scope: 'unit' });
    const tensors = { a: [[8], [8]], b: [[8]] };
    clip(clipper, tensors);
    open(clipper, 1, ['a', 'b']);
    for (const other of [
      { a: [[8]], b: [[8], [8]] },
      { a: [[8]], b: [[8]] },
      { a: [[8], [8]], b: [[8], [8]] },
    ])
      expect(codeOf(() => clipper.arrive(measure(clipper.plan, other)))).toBe('INVALID_MEASUREMENT');
    expect(clipper.arrive(measure(clipper.plan, tensors)).step).toBe(1);
  });

  it('stay open when their measurement or context is refused', () => {
    const clipper = createClipper(answering(() => 2, { needs: ['loss'], forecast: () => 2 }));
    open(clipper, 1);
    expect(codeOf(() => arrive(clipper, { w: [8] }))).toBe('INVALID_CONTEXT');
    expect(codeOf(() => clipper.arrive({ ...measure(clipper.plan, { w: [8] }), order: 1 }, { loss: 1 }))).toBe(
      'INVALID_MEASUREMENT',
    );
    expect(codeOf(() => clipper.arrive({ ...measure(clipper.plan, { w: [8] }), lossScale: 0 }, { loss: 1 }))).toBe(
      'INVALID_MEASUREMENT',
    );
    expect(arrive(clipper, { w: [8] }, { loss: 1 })).toMatchObject({ step: 0, factor: 0.25 });
  });

  it('that are given up leave when those before them have been closed', () => {
    const clipper = createClipper(counting());
    const told: string[] = [];
    clipper.decisions$.subscribe(({ step, action, reason = '' }) => told.push(`${step} ${action} ${reason}`.trim()));
    open(clipper, 5);
    clipper.abandon(1, 'the read failed');
    clipper.abandon(2, 'the apply threw');
    expect(told).toEqual([]);
    arrive(clipper, { w: [0.5] });
    expect(told).toEqual(['0 pass', '1 skip the read failed', '2 skip the apply threw']);
    expect(arrive(clipper, { w: [0.5] }).step).toBe(3);
    clipper.abandon(4, 'the run ended');
    expect(told.slice(3)).toEqual(['3 pass', '4 skip the run ended']);
    expect(clipper.stats()).toMatchObject({ steps: 5, count: 2, skipped: 3 });
    // The policy has seen two norms.
    expect(clip(clipper, { w: [8] })).toMatchObject({ step: 5, threshold: 3 });
  });

  it('are given up once, and only while they are open', () => {
    const clipper = createClipper(counting());
    open(clipper, 2);
    clipper.abandon(1, 'once');
    expect(codeOf(() => clipper.abandon(1, 'twice'))).toBe('NO_OPEN_STEP');
    for (const step of [-1, 2, 0.5]) expect(codeOf(() => clipper.abandon(step, 'never'))).toBe('NO_OPEN_STEP');
    arrive(clipper, { w: [8] });
    expect(codeOf(() => clipper.abandon(0, 'closed'))).toBe('NO_OPEN_STEP');
  });

  it('leave no key in a step that was given up', () => {
    const clipper = createClipper(counting());
    const told: unknown[] = [];
    clipper.norms$.subscribe((event) => told.push(event));
    clipper.decisions$.subscribe((step) => {
      const { decisions, norm, normAfter, proceed } = step;
      told.push({
        decisions,
        norm,
        normAfter,
        proceed,
        factors: [...step.factors('w')],
        clamps: [...step.clamps('w')],
      });
    });
    open(clipper, 1);
    clipper.abandon(0, 'no reason');
    expect(told).toEqual([
      { decisions: [], norm: NaN, normAfter: 0, proceed: false, factors: [1], clamps: [Infinity] },
    ]);
  });

  it('settled() waits for all of them, in whichever way they are closed', async () => {
    const clipper = createClipper(counting());
    await clipper.settled();
    open(clipper, 3);
    let settled = 0;
    const waiting = [clipper.settled(), clipper.settled()].map((promise) => promise.then(() => settled++));
    arrive(clipper, { w: [8] });
    clipper.abandon(2, 'no reason');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(settled).toBe(0);
    arrive(clipper, { w: [NaN] });
    await Promise.all(waiting);
    expect(settled).toBe(2);
  });
});
