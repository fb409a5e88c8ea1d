import { clipWith, createClipper } from '@gradclip/core';
import type { GradientNormEvent, StepDecision } from '@gradclip/core';
import { firstValueFrom, map, scan, share, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { answering, clip, clipNorms, spelled, streamOf, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const tensors = { a: [3], b: [4] };

describe('the three streams', () => {
  it('emit norms, then the decision, then alerts, after the step is complete', () => {
    const clipper = createClipper(2, { scope: 'tensor' });
    const told: string[] = [];
    clipper.alerts$.subscribe(({ code }) => told.push(`${code} ${clipper.stats().steps}`));
    clipper.decisions$.subscribe(({ step }) => told.push(`decision ${step} ${clipper.stats().steps}`));
    clipper.norms$.subscribe(({ key, step }) => told.push(`${key} ${step} ${clipper.stats().steps}`));
    clip(clipper, tensors);
    clip(clipper, { a: [NaN], b: [4] });
    expect(told).toEqual(['a 0 1', 'b 0 1', 'decision 0 1', 'a 1 2', 'b 1 2', 'decision 1 2', 'NON_FINITE 2']);
  });

  it('are hot: who comes later does not hear of earlier', () => {
    const clipper = createClipper(2);
    clipNorms(clipper, [1, NaN]);
    const told: unknown[] = [];
    clipper.norms$.subscribe(({ step }) => told.push(step));
    clipper.decisions$.subscribe(({ step }) => told.push(step));
    clipper.alerts$.subscribe(({ step }) => told.push(step));
    expect(told).toEqual([]);
    clipNorms(clipper, [1]);
    expect(told).toEqual([2, 2]);
  });

  it('tell everyone the same, and stop for who leaves', () => {
    const clipper = createClipper(2);
    const [first, second]: number[][] = [[], []];
    const subscription = clipper.decisions$.subscribe(({ step }) => first!.push(step));
    clipper.decisions$.subscribe(({ step }) => second!.push(step));
    clipNorms(clipper, [1, 1]);
    subscription.unsubscribe();
    clipNorms(clipper, [1]);
    expect([first, second]).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
  });

  it('let go of who has heard enough: nothing more is made for them', async () => {
    const named = answering(() => 2);
    let read = 0;
    Object.defineProperty(named, 'name', { get: () => (read++, 'named') });
    const clipper = createClipper(named);
    const first = firstValueFrom(clipper.norms$);
    clipper.norms$.pipe(take(1)).subscribe();
    clipper.norms$
      .pipe(
        share(),
        take(1),
        map(({ step }) => step),
      )
      .subscribe();
    clipNorms(clipper, [1]);
    expect((await first).step).toBe(0);
    const before = read;
    clipNorms(clipper, [1]);
    expect(read).toBe(before);
  });

  it('have an event for every key, the bad ones too, with what its policy asked for', () => {
    const clipper = createClipper([
      { match: 'a', policy: answering(() => 1, { needs: ['maxAbs', 'globalNorm'] }) },
      { match: 'b', policy: 2 },
    ]);
    const events: GradientNormEvent[] = [];
    clipper.norms$.subscribe((event) => events.push(event));
    clip(clipper, { a: [3], b: [4] });
    clip(clipper, { a: [3], b: [4, NaN] });
    expect(events).toEqual([
      { step: 0, key: 'a', norm: 3, size: 1, globalNorm: 5, maxAbs: 3 },
      { step: 0, key: 'b', norm: 4, size: 1 },
      { step: 1, key: 'a', norm: 3, size: 1, globalNorm: NaN, maxAbs: 3 },
      { step: 1, key: 'b', norm: NaN, size: 1 },
    ]);
  });

  it('have the decision that the training loop got', () => {
    const clipper = createClipper(2, { scope: 'tensor' });
    const told: StepDecision[] = [];
    clipper.decisions$.subscribe((decision) => told.push(decision));
    const steps = [clip(clipper, tensors), clip(clipper, { a: [NaN], b: [1] })];
    expect(told.map((step) => spelled(step, ['a', 'b']))).toEqual(steps.map((step) => spelled(step, ['a', 'b'])));
  });

  it('complete with end(), each once, and the loop may go on', () => {
    for (const end of ['end', Symbol.dispose] as const) {
      const clipper = createClipper(2);
      const completed: string[] = [];
      for (const stream of ['norms$', 'decisions$', 'alerts$'] as const)
        streamOf(clipper, stream).subscribe({ complete: () => completed.push(stream) });
      clipper[end]();
      clipper[end]();
      expect(completed.sort()).toEqual(['alerts$', 'decisions$', 'norms$']);
      expect(clipNorms(clipper, [4])[0]!.factor).toBe(0.5);
      clipper.decisions$.subscribe({ complete: () => completed.push('late') });
      expect(completed.at(-1)).toBe('late');
    }
  });

  it('are the same objects for the whole life of a clipper', () => {
    const clipper = createClipper(2);
    expect([clipper.norms$, clipper.plan]).toEqual([clipper.norms$, clipper.plan]);
    expect(Object.is(clipper.decisions$, clipper.decisions$)).toBe(true);
  });

  it('can be piped like any other', () => {
    const clipper = createClipper(2);
    const told: unknown[] = [];
    clipper.norms$
      .pipe(
        map(({ norm }) => norm * 10),
        scan((sum, x) => sum + x, 0),
      )
      .subscribe((x) => told.push(x));
    const shared = clipper.decisions$.pipe(share());
    shared.subscribe(({ step }) => told.push(step));
    shared.subscribe(({ step }) => told.push(step));
    clipper.norms$.pipe(clipWith(1)).subscribe(({ factor }) => told.push(factor));
    clipNorms(clipper, [1, 4]);
    // Subscribers of norms$ first: sums 10 and 50, factors 1 and 1/4.
    expect(told).toEqual([10, 1, 0, 0, 50, 0.25, 1, 1]);
  });
});

describe('without observers', () => {
  it('no decision of a key and no event is made', () => {
    let read = 0;
    const policy = answering(() => 2);
    Object.defineProperty(policy, 'name', { get: () => (read++, 'counting') });
    const clipper = createClipper(policy, { scope: 'tensor' });
    const steps = Array.from({ length: 5 }, (_, i) => ((read = i && read), clip(clipper, tensors)));
    const before = read;
    clip(clipper, tensors);
    expect(read).toBe(before);
    // Every decision of a key has the name of its policy.
    expect(steps[0]!.decisions.map((own) => own.policy)).toEqual(['counting', 'counting']);
    expect(read).toBe(before + 2);
    clipper.norms$.subscribe(() => {});
    clip(clipper, tensors);
    expect(read).toBe(before + 4);
  });

  it('the decisions are those with observers', () => {
    const make = () =>
      createClipper(
        answering(({ norm }, seen) => (seen % 2 ? norm / 2 : Infinity)),
        { scope: 'tensor' },
      );
    const [quiet, watched] = [make(), make()];
    watched.norms$.subscribe(() => {});
    watched.decisions$.subscribe(() => {});
    for (const x of [1, 2, 3, NaN, 5])
      expect(spelled(clip(watched, { a: [x], b: [4] }), ['a', 'b'])).toBe(
        spelled(clip(quiet, { a: [x], b: [4] }), ['a', 'b']),
      );
  });
});

describe('an observer that writes into what it gets', () => {
  it('changes nothing for the next one', () => {
    const clipper = createClipper(2);
    const wrecked = { norm: 0, step: 99, code: 'x', decisions: [] };
    const told: unknown[] = [];
    for (const stream of ['norms$', 'decisions$', 'alerts$'] as const) {
      streamOf(clipper, stream).subscribe((value) => write(value, wrecked));
      streamOf(clipper, stream).subscribe((value) => {
        const { step, norm, code } = value as { step: number; norm?: number; code?: string };
        told.push([stream, step, norm ?? code]);
      });
    }
    clipNorms(clipper, [4, NaN]);
    expect(told).toEqual([
      ['norms$', 0, 4],
      ['decisions$', 0, 4],
      ['norms$', 1, NaN],
      ['decisions$', 1, NaN],
      ['alerts$', 1, 'NON_FINITE'],
    ]);
  });

  const write = (target: object, change: object): void => {
    for (const [key, value] of Object.entries(change)) {
      try {
        (target as Record<string, unknown>)[key] = value;
      } catch {
        // Refused: as good.
      }
    }
  };
  const vandalise = (clipper: ReturnType<typeof createClipper>): void => {
    clipper.norms$.subscribe((event) => write(event, { norm: 0, key: 'x', step: 99, maxAbs: 0 }));
    clipper.decisions$.subscribe((decision) => {
      for (const own of decision.decisions) write(own, { norm: 0, threshold: 0, factor: 0, action: 'halt' });
      decision.factors('a').fill(0);
      decision.clamps('a').fill(0);
      write(decision, { step: 99, action: 'pass', proceed: true, applied: false, norm: 0, factor: 0, threshold: 0 });
    });
    clipper.alerts$.subscribe((alert) => write(alert, { code: 'x' }));
  };

  it.each(['global', 'tensor', 'unit'] as const)(
    'changes no decision and nothing that the loop applies, at scope %s',
    (scope) => {
      const make = () => {
        const growing = answering(
          ({ norm, maxAbs }, seen) => (seen === 2 ? { skip: 'no' } : seen === 1 ? { clamp: maxAbs! / 2 } : norm / 2),
          { needs: ['maxAbs'] },
        );
        return createClipper(growing, { scope });
      };
      const [clean, watched] = [make(), make()];
      vandalise(watched);
      for (const a of [[8], [6], [4], [NaN], [2]]) {
        const wanted = spelled(clip(clean, { a, b: [1] }), ['a', 'b']);
        expect(spelled(clip(watched, { a, b: [1] }), ['a', 'b'])).toBe(wanted);
      }
      expect(watched.stats().mean).toBe(clean.stats().mean);
    },
  );
});
