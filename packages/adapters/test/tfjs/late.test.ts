import { cap, createClipper, smallest, warmup } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { decaying, fixed, movingAverage, percentile } from '@gradclip/policies';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { random } from '../oracle.ts';
import { normOf } from './lateSupport/norms.ts';
import { plain, replayed } from './lateSupport/recordedClipper.ts';
import { gradientsOf, isSlow, runLate, SHAPES, watched } from './lateSupport/run.ts';
import type { Run, Values } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = Object.keys(SHAPES);
/** What a norm of a device is right to. */
const PRECISION = 2e-6;

const policies: Record<string, () => ClipPolicy> = {
  fixed: () => fixed(0.8),
  percentile: () => percentile({ p: 50, window: 30 }),
  'moving average': () => movingAverage({ warmup: 2 }),
  decaying: () => decaying({ schedule: 'linear', from: 5, to: 0.1, steps: 60 }),
  'on hits': () => decaying({ schedule: 'on-hits', from: 2, to: 0.01, factor: 0.5, rate: 0.2, window: 5 }),
  cap: () => cap(percentile({ p: 90 }), 1.5),
  smallest: () => smallest(percentile({ p: 70 }), 2),
  warmup: () => warmup(percentile({ p: 30 }), { steps: 5, until: 0.5 }),
};

/** What must hold of every run at global scope, whatever the lag. */
function expectBounded({ decisions, received }: Run, steps: readonly Values[]): void {
  expect(decisions.map(({ step }) => step)).toEqual(steps.map((_, step) => step));
  for (const decision of decisions) {
    const { step, action, threshold = NaN, proceed } = decision;
    const [{ clock, basedOn }] = decision.decisions as [(typeof decision.decisions)[0]];
    expect(basedOn).toBeLessThanOrEqual(clock === 'late' ? step - 1 : step);
    const given = steps[step]!;
    const got = received.get(step);
    const norm = normOf(Object.values(given).flatMap((values) => [...values]));
    if (Number.isNaN(norm)) {
      expect([step, action, decision.norm]).toEqual([step, clock === 'late' ? 'drop' : 'skip', NaN]);
      if (clock === 'late')
        for (const name of NAMES) expect([...got![name]!].every((value) => Object.is(Math.abs(value), 0))).toBe(true);
      else expect(got).toBeUndefined();
      continue;
    }
    expect([step, proceed, threshold > 0]).toEqual([step, true, true]);
    const after = normOf(NAMES.flatMap((name) => [...got![name]!]));
    expect(Math.abs(decision.norm / norm - 1), `norm of step ${step}`).toBeLessThanOrEqual(1e-6);
    expect(after, `norm after step ${step}`).toBeLessThanOrEqual(threshold * (1 + PRECISION));
    const wanted = Math.min(norm, threshold);
    expect(Math.abs(after / wanted - 1), `norm after step ${step}`).toBeLessThanOrEqual(PRECISION);
  }
}

function expectReplayed({ decisions, told }: Run, policy: ClipPolicy): void {
  const again = replayed(createClipper(policy, { nonFiniteBudget: Infinity }), decisions, told);
  expect(again.map((decision) => plain(decision, NAMES))).toEqual(decisions.map((decision) => plain(decision, NAMES)));
}

const start = (policy: ClipPolicy) => watched(policy, { nonFiniteBudget: Infinity });

describe('every step is bounded by what was forecast for it, and can be replayed', () => {
  const lags = isSlow ? [0, 1, 3, 16, 64] : Array.from({ length: 65 }, (_, lag) => lag);
  it.each(lags)('with norms %i steps late', async (lag) => {
    const steps = gradientsOf(lag, lag + (isSlow ? 12 : 20), { spikes: 0.1, bad: 0.1 });
    const run = await runLate(start(policies['percentile']!()), steps, { lagOf: () => lag });
    expectBounded(run, steps);
    expectReplayed(run, policies['percentile']!());
    // Exact until there is a threshold; from then on as late as the norms are.
    const first = run.decisions.findIndex(({ decisions }) => decisions[0]!.clock === 'late');
    expect(run.decisions.slice(first).map(({ decisions }) => decisions[0])).toMatchObject(
      steps.slice(first).map((_, i) => ({ clock: 'late', basedOn: first - 1 + Math.max(0, i - lag) })),
    );
  });

  it.each(Object.keys(policies))('of %s, with lags that vary', async (name) => {
    const next = random(7);
    const steps = gradientsOf(name.length, isSlow ? 30 : 120, { spikes: 0.1, bad: 0.1 });
    const run = await runLate(start(policies[name]!()), steps, { lagOf: () => Math.floor(20 * next() ** 3) });
    expectBounded(run, steps);
    expectReplayed(run, policies[name]!());
    expect(run.decisions.filter(({ decisions }) => decisions[0]!.clock === 'late').length).toBeGreaterThan(15);
  });

  it('with norms that come in bursts', async () => {
    const steps = gradientsOf(3, isSlow ? 66 : 300, { spikes: 0.1, bad: 0.05 });
    const run = await runLate(start(percentile({ p: 50 })), steps, { lagOf: (step) => (step % 40 === 39 ? 0 : 64) });
    expectBounded(run, steps);
    expectReplayed(run, percentile({ p: 50 }));
  });

  it('with reads that come back out of order: decisions come in order', async () => {
    const next = random(11);
    const steps = gradientsOf(5, isSlow ? 40 : 200, { spikes: 0.1, bad: 0.05 });
    const run = await runLate(start(percentile({ p: 50 })), steps, {
      lagOf: () => Math.floor(12 * next()),
      placeOf: (count) => Math.floor(count * next()),
    });
    expectBounded(run, steps);
    expectReplayed(run, percentile({ p: 50 }));
  });
});

describe('the first steps', () => {
  const bad = { nan: NaN, infinity: Infinity, '-infinity': -Infinity, spike: 1e6 };
  it.each(Object.entries(bad))('may be bad: %s', async (_, value) => {
    for (const at of isSlow ? [0, 3] : [0, 1, 2, 3, 4, 5])
      for (const policy of isSlow ? ['fixed'] : ['fixed', 'percentile', 'moving average']) {
        const steps = gradientsOf(at, 10);
        if (Number.isFinite(value))
          for (const own of Object.values(steps[at]!)) own.forEach((x, i) => (own[i] = x * value));
        else steps[at]!['a/b']![2] = value;
        const run = await runLate(start(policies[policy]!()), steps, { lagOf: () => 4 });
        expectBounded(run, steps);
        expectReplayed(run, policies[policy]!());
      }
  });
});
