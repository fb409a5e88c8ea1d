import { createClipper, decode, encode } from '@gradclip/core';
import type { Clipper, ClipperOptions, Json } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { clip, clipNorms, codeOf, spelledState, spelledStats, withoutWarnings } from './support/clipper.ts';
import { brief, groupsOf, normsOf, rooms, stepsOf } from './support/clipperRuns.ts';

withoutWarnings();

const STEPS = 500;

describe('a run of 500 steps that is stopped and restored', () => {
  it.each(Object.entries(rooms))(
    'at any step makes the decisions of one that was not: policies %s',
    (room, policies) => {
      const groups = groupsOf(policies);
      const options: ClipperOptions = {
        onNonFinite: room.length % 2 ? 'zero' : 'skip',
        nonFiniteBudget: 20,
        policyFaultBudget: 6,
        envelope: { max: 2000 },
        epsilon: room.length % 3 ? 0 : 1e-6,
        shadows: { first: policies[0]!, last: policies.at(-1)!, two: 2 },
      };
      const make = (): Clipper => {
        const clipper = createClipper(groups, options);
        clipper.alerts$.subscribe(() => {});
        return clipper;
      };
      const steps = stepsOf(
        groups.map(({ match }) => match),
        STEPS,
        7 + room.length,
      );
      const run = (clipper: Clipper, from: number, to: number): string[] =>
        steps.slice(from, to).map(({ tensors, loss }) => brief(clip(clipper, tensors, { loss })));

      const whole = make();
      const saved: string[] = [];
      const decisions: string[] = [];
      const stats: string[] = [];
      for (let step = 0; step < STEPS; step++) {
        saved.push(spelledState(whole));
        stats.push(spelledStats(whole));
        decisions.push(...run(whole, step, step + 1));
      }
      const end = { state: spelledState(whole), stats: spelledStats(whole) };
      const said = decisions.join('\n');
      expect(said).toContain('not finite');
      if (room === 'that fail') expect(said).toContain('quarantined');
      if (room === 'that skip') expect(said).toContain('calibrating');

      for (let cut = 0; cut < STEPS; cut++) {
        const resumed = make();
        resumed.restore(decode(saved[cut]!));
        expect(spelledState(resumed)).toBe(saved[cut]);
        expect(spelledStats(resumed)).toBe(stats[cut]);
        // To the end at some cuts, a few steps at the others; the state says that the rest would be the same.
        const to = cut % 167 === 13 ? STEPS : Math.min(cut + 2, STEPS);
        expect(run(resumed, cut, to)).toEqual(decisions.slice(cut, to));
        if (to === STEPS) expect({ state: spelledState(resumed), stats: spelledStats(resumed) }).toEqual(end);
        else expect(spelledState(resumed)).toBe(saved[to]);
      }
    },
  );
});

describe('a clipper that is rolled back', () => {
  it.each(Object.entries(rooms))('does again what it did: policies %s', (room, policies) => {
    const groups = groupsOf(policies);
    const clipper = createClipper(groups, { nonFiniteBudget: 20, envelope: { max: 2000 } });
    clipper.alerts$.subscribe(() => {});
    const steps = stepsOf(
      groups.map(({ match }) => match),
      120,
      room.length,
    );
    const run = (from: number, to: number): string[] =>
      steps.slice(from, to).map(({ tensors, loss }) => brief(clip(clipper, tensors, { loss })));
    for (let from = 0; from < 100; from += 20) {
      const saved = clipper.state();
      const first = run(from, from + 20);
      const [state, stats] = [spelledState(clipper), spelledStats(clipper)];
      clipper.restore(saved);
      expect(run(from, from + 20)).toEqual(first);
      expect([spelledState(clipper), spelledStats(clipper)]).toEqual([state, stats]);
    }
  });
});

describe('a saved state', () => {
  const make = (): Clipper => createClipper(groupsOf(rooms['written inline']!), { shadows: { two: 2 } });
  const steps = stepsOf(
    rooms['written inline']!.map((_, i) => `${i}/`),
    60,
    3,
  );
  const run = (clipper: Clipper, from: number, to: number): string[] =>
    steps.slice(from, to).map(({ tensors, loss }) => brief(clip(clipper, tensors, { loss })));

  it('is a deep copy: later steps do not change it', () => {
    const clipper = make();
    run(clipper, 0, 30);
    const saved = clipper.state();
    const text = encode(saved);
    run(clipper, 30, 60);
    expect(encode(saved)).toBe(text);
  });

  it('is a deep copy: writing into it does not change the clipper, before and after a restore', () => {
    const wreck = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, item] of Object.entries(value)) {
        wreck(item);
        (value as Record<string, unknown>)[key] = 'wrecked';
      }
    };
    const [clipper, other, clean] = [make(), make(), make()];
    run(clipper, 0, 30);
    run(clean, 0, 30);
    const saved = clipper.state();
    other.restore(saved);
    wreck(saved);
    expect(spelledState(clipper)).toBe(spelledState(clean));
    const wanted = run(clean, 30, 60);
    expect(run(clipper, 30, 60)).toEqual(wanted);
    expect(run(other, 30, 60)).toEqual(wanted);
  });

  it('is plain data that survives the text', () => {
    const clipper = make();
    run(clipper, 0, 30);
    const state = clipper.state();
    expect(decode(encode(state))).toEqual(state);
    expect(encode(decode(encode(state)))).toBe(encode(state));
  });

  it('does not depend on being read, or on who listens', () => {
    const [quiet, loud] = [make(), make()];
    loud.norms$.subscribe(() => loud.state());
    loud.decisions$.subscribe(() => loud.stats());
    expect(run(loud, 0, 60)).toEqual(run(quiet, 0, 60));
    expect(spelledState(loud)).toBe(spelledState(quiet));
  });

  it('of a new clipper starts another one from the beginning', () => {
    const clipper = make();
    const empty = clipper.state();
    const first = run(clipper, 0, 30);
    clipper.restore(empty);
    expect(run(clipper, 0, 30)).toEqual(first);
  });

  it('stays as small as its policies however long the run is', () => {
    const clipper = createClipper(1);
    const norms = normsOf(5, 5000);
    clipNorms(clipper, norms.slice(0, 2500));
    const half = spelledState(clipper).length;
    clipNorms(clipper, norms.slice(2500));
    expect(spelledState(clipper).length).toBeLessThan(half * 1.05);
  });

  it('cannot be taken or put back while steps are open', () => {
    const clipper = createClipper(1);
    const saved: Json = clipper.state();
    clipper.forecast(['w']);
    expect(codeOf(() => clipper.state())).toBe('STEPS_IN_FLIGHT');
    expect(codeOf(() => clipper.restore(saved))).toBe('STEPS_IN_FLIGHT');
  });
});
