import { definePolicy } from '@gradclip/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeldReads } from './lateSupport/heldReads.ts';
import { gradientsOf, watched } from './lateSupport/run.ts';
import type { Watched } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const steps = gradientsOf(1, 8);
const actions = ({ decisions }: Watched): string[] => decisions.map(({ step, action }) => `${step} ${action}`);

describe('a subscriber', () => {
  it('that throws when norms arrive stops nothing', async () => {
    const run = watched(0.01);
    run.clipper.norms$.subscribe(() => {
      throw new Error('mine');
    });
    const reads = new HeldReads();
    for (const values of steps) run.apply(values);
    await reads.releaseAll();
    expect(actions(run)).toEqual(steps.map((_, step) => `${step} scale`));
    expect(new Set(run.alerts.map(({ code }) => code))).toEqual(new Set(['SUBSCRIBER_FAILED']));
    run.inner.dispose();
  });

  it('may not take a step while it is told of one', async () => {
    const run = watched(0.01);
    const codes: unknown[] = [];
    run.clipper.decisions$.subscribe(() => {
      try {
        run.apply(steps[0]!);
      } catch (cause) {
        codes.push((cause as { code?: unknown }).code);
      }
    });
    const reads = new HeldReads();
    run.apply(steps[0]!);
    await reads.releaseAll();
    expect([codes, run.inner.calls]).toEqual([['REENTRANT'], 1]);
    await run.clipper.settled();
    run.inner.dispose();
  });

  it('may not save the optimizer while it is told of a step: no step is lost', async () => {
    const run = watched(0.01);
    const codes: unknown[] = [];
    run.clipper.decisions$.subscribe(() => {
      try {
        run.optimizer.getConfig();
      } catch (cause) {
        codes.push((cause as { code?: unknown }).code);
      }
    });
    const reads = new HeldReads();
    for (const values of steps) run.apply(values);
    await reads.releaseAll();
    expect(actions(run)).toEqual(steps.map((_, step) => `${step} scale`));
    expect(codes.every((code) => code === 'REENTRANT' || code === 'STEPS_IN_FLIGHT')).toBe(true);
    await run.clipper.settled();
    run.optimizer.getConfig();
    run.inner.dispose();
  });

  it('may not save it when a forecast has failed, either', async () => {
    let isFaulty = false;
    const faulty = definePolicy({
      name: 'faulty',
      options: {},
      init: () => null,
      decide: () => [0.01, null],
      forecast: () => (isFaulty ? NaN : 0.01),
    });
    const run = watched(faulty, { policyFaultBudget: Infinity });
    run.clipper.alerts$.subscribe(() => void run.optimizer.getConfig());
    const reads = new HeldReads();
    for (const [step, values] of steps.entries()) {
      isFaulty = step === 4;
      run.apply(values);
    }
    await reads.releaseAll();
    expect(actions(run)).toEqual(steps.map((_, step) => `${step} scale`));
    expect(run.decisions[4]!.decisions[0]!.clock).toBe('exact');
    await run.clipper.settled();
    run.optimizer.getConfig();
    run.inner.dispose();
  });
});
