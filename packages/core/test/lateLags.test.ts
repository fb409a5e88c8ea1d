import { cap, createClipper, definePolicy, floor, largest, smallest, switchAt, times, warmup } from '@gradclip/core';
import type { ClipBound, ClipDecision, ClipForecast, ClipPolicy, Clipper } from '@gradclip/core';
import { decaying, movingAverage, percentile } from '@gradclip/policies';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answering, clip, measure, spelledState, withoutWarnings } from './support/clipper.ts';
import { normsOf } from './support/clipperRuns.ts';

withoutWarnings();

const SEED = { seed: 20_130_716, numRuns: 60 };
const counting = () => answering((_, seen) => seen + 1, { forecast: ({ seen }) => seen + 1 });
const arrive = (clipper: Clipper, tensors: Record<string, number[]>) => clipper.arrive(measure(clipper.plan, tensors));

const mean = definePolicy<{ seen: number; mean: number }>({
  name: 'mean',
  init: () => ({ seen: 0, mean: 0 }),
  decide: (state, { norm }) => [
    bound(state),
    { seen: state.seen + 1, mean: state.mean + (norm - state.mean) / (state.seen + 1) },
  ],
  forecast: bound,
});
function bound({ seen, mean: average }: { seen: number; mean: number }): ClipBound {
  return seen > 3 && average > 0 ? { threshold: 2 * average, target: average } : Infinity;
}
const policies: ClipPolicy[] = [
  mean,
  percentile({ p: 50, window: 20 }),
  movingAverage({ warmup: 3 }),
  decaying({ schedule: 'linear', from: 5, to: 1, steps: 60 }),
  cap(mean, 2),
  floor(percentile({ p: 10, window: 20 }), 0.5),
  times(mean, 0.5),
  smallest(percentile({ p: 70 }), 3),
  largest(percentile({ p: 10 }), 0.1),
  warmup(percentile({ p: 30 }), { steps: 5, until: 4 }),
  switchAt(20, mean, percentile({ p: 20 })),
];

/** Runs norms through a late clipper; `lags` says how many steps stay open before each is opened. */
function runLate(
  clipper: Clipper,
  norms: readonly number[],
  lags: readonly number[],
): { forecast: ClipForecast | undefined; decision: ClipDecision }[] {
  const forecasts: (ClipForecast | undefined)[] = [];
  const decisions: ClipDecision[] = [];
  const opened: number[] = [];
  const close = (): void => void decisions.push(arrive(clipper, { w: [opened.shift()!] }).decisions[0]!);
  norms.forEach((norm, i) => {
    while (opened.length > lags[i]!) close();
    const forecast = clipper.forecast(['w']);
    forecasts.push(forecast);
    if (forecast) opened.push(norm);
    else {
      while (opened.length) close();
      decisions.push(clip(clipper, { w: [norm] }).decisions[0]!);
    }
  });
  while (opened.length) close();
  return decisions.map((decision, i) => ({ forecast: forecasts[i], decision }));
}

const lagsOf = (count: number) =>
  fc.array(fc.oneof(fc.nat(3), fc.nat(64), fc.constant(0)), { minLength: count, maxLength: count });

describe('whatever the lag, from 0 to 64 steps', () => {
  it('every single step is bounded by what was forecast for it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...policies), fc.nat(1000), lagsOf(150), (policy, seed, lags) => {
        for (const { forecast, decision } of runLate(createClipper(policy), normsOf(seed, 150), lags)) {
          const given = forecast!.bound('w');
          const [threshold, target] =
            typeof given === 'number'
              ? [given, given]
              : 'threshold' in given
                ? [given.threshold, given.target]
                : [NaN, NaN];
          const wanted = decision.norm > threshold ? Math.min(decision.norm, target) : decision.norm;
          expect(decision.normAfter).toBeLessThanOrEqual(wanted * (1 + 2e-6));
          expect(decision).toMatchObject({
            step: forecast!.step,
            basedOn: forecast!.basedOn,
            threshold,
            clock: 'late',
          });
        }
      }),
      SEED,
    );
  });

  it('a bound holds the norms up to basedOn, and no later one', () => {
    fc.assert(
      fc.property(fc.nat(1000), lagsOf(120), (seed, lags) => {
        const run = runLate(createClipper(counting()), normsOf(seed, 120), lags);
        for (const { decision } of run) expect(decision.threshold).toBe(decision.basedOn + 2);
      }),
      SEED,
    );
  });

  it('the same sequence of basedOn gives the same decisions again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...policies), fc.nat(1000), lagsOf(100), (policy, seed, lags) => {
        const norms = normsOf(seed, 100);
        const clipper = createClipper(policy);
        const first = runLate(clipper, norms, lags).map(({ decision }) => decision);
        // A step can be opened when the norms up to its basedOn have arrived.
        const again = createClipper(policy);
        const replayed = runLate(
          again,
          norms,
          first.map(({ step, basedOn }) => step - 1 - basedOn),
        ).map(({ decision }) => decision);
        expect(replayed).toEqual(first);
        expect(spelledState(again)).toBe(spelledState(clipper));
      }),
      SEED,
    );
  });

  it('no lag gives the numbers of the exact clock', () => {
    for (const policy of policies) {
      const norms = normsOf(11, 150);
      const late = runLate(
        createClipper(policy),
        norms,
        norms.map(() => 0),
      ).map(({ decision }) => decision.normAfter);
      const clipper = createClipper(policy);
      expect(late).toEqual(norms.map((norm) => clip(clipper, { w: [norm] }).normAfter));
    }
  });

  it('late and exact steps may take turns', () => {
    const sometimes = answering((_, seen) => seen + 1, {
      forecast: ({ seen }, { step }) => (step % 4 === 3 ? undefined : seen + 1),
    });
    const run = runLate(
      createClipper(sometimes),
      normsOf(3, 100),
      normsOf(4, 100).map((x) => Math.floor(x) % 8),
    );
    expect(run.map(({ decision }) => decision.step)).toEqual(run.map((_, i) => i));
    expect(
      run
        .filter((_, i) => i % 4 === 3)
        .every(({ decision }) => decision.clock === 'exact' && decision.threshold === decision.step + 1),
    ).toBe(true);
  });
});
