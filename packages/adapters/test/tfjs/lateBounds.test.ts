import { definePolicy } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent, Scope } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeldReads } from './lateSupport/heldReads.ts';
import { normOf } from './lateSupport/norms.ts';
import { gradientsOf, isSlow, runLate, SHAPES, watched } from './lateSupport/run.ts';
import type { Run, Values } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = Object.keys(SHAPES);
const PRECISION = 2e-6;
const COUNT = isSlow ? 6 : 25;

/** A policy that always answers this. */
const always = (bound: ClipBound): ClipPolicy<null> =>
  definePolicy({
    name: 'always',
    needs: ['maxAbs'],
    init: () => null,
    decide: () => [bound, null],
    forecast: () => bound,
  });

/** The elements of each key. */
function byKey(values: Values, scope: Scope): Record<string, number[]> {
  if (scope === 'global') return { global: NAMES.flatMap((name) => [...values[name]!]) };
  if (scope === 'group') return { a: [...values['a/w']!, ...values['a/b']!], rest: [...values['b/w']!] };
  if (scope === 'tensor') return Object.fromEntries(NAMES.map((name) => [name, [...values[name]!]]));
  const keys: Record<string, number[]> = {};
  for (const name of NAMES) {
    const units = SHAPES[name]!.length > 1 ? SHAPES[name]!.at(-1)! : 1;
    values[name]!.forEach((x, i) => (keys[`${name}#${i % units}`] ??= []).push(x));
  }
  return keys;
}

/** Every key of every late step, with its norms as they are. */
function* keysOf({ decisions, received }: Run, steps: readonly Values[], scope: Scope, order: number = 2) {
  for (const { step, decisions: own } of decisions) {
    const before = byKey(steps[step]!, scope);
    const after = byKey(received.get(step)!, scope);
    expect(own.map(({ key }) => key)).toEqual(Object.keys(before));
    for (const decision of own)
      if (decision.clock === 'late')
        yield { decision, before: normOf(before[decision.key]!, order), after: normOf(after[decision.key]!, order) };
  }
}

const near = (actual: number, wanted: number, what: string): void =>
  expect(Math.abs(actual - wanted), `${what}: ${actual}, not ${wanted}`).toBeLessThanOrEqual(PRECISION * wanted);

describe('each key has its own bound in a late step', () => {
  const groups = [{ match: 'a/', name: 'a', policy: 0.3 }, { policy: percentile({ p: 40 }) }];
  const cases: [string, Scope, Parameters<typeof watched>[0], Parameters<typeof watched>[1]][] = [
    ['one for all', 'global', percentile({ p: 40 }), {}],
    ['one a tensor', 'tensor', percentile({ p: 40 }), { scope: 'tensor' }],
    ['one a unit', 'unit', percentile({ p: 40 }), { scope: 'unit' }],
    ['one a group', 'group', groups, {}],
    ['one a tensor, in groups', 'tensor', groups, { scope: 'tensor' }],
    ['one a unit, in groups', 'unit', groups, { scope: 'unit' }],
  ];
  for (const norm of [1, 2, Infinity])
    it.each(cases)(`of order ${norm}, %s`, async (_, scope, by, options) => {
      const steps = gradientsOf(norm === 1 ? 1 : 2, COUNT, { spikes: 0.2 });
      const run = await runLate(watched(by, { norm, ...options }), steps, { lagOf: (step) => step % 5 });
      let hits = 0;
      for (const { decision, before, after } of keysOf(run, steps, scope, norm)) {
        const what = `${decision.key} at step ${decision.step}`;
        near(decision.norm, before, `norm of ${what}`);
        near(after, Math.min(before, decision.threshold), `norm after of ${what}`);
        if (decision.action === 'scale') hits++;
      }
      expect(hits).toBeGreaterThan(0);
    });

  it('of its own scope in one clipper', async () => {
    const mixed = [
      { match: 'a/w', policy: 0.2, scope: 'unit' as const },
      { match: 'a/b', policy: 0.3, scope: 'tensor' as const },
      { policy: 0.4, name: 'rest' },
    ];
    const steps = gradientsOf(1, 4);
    const { decisions, received } = await runLate(watched(mixed), steps, { lagOf: () => 2 });
    for (const { step } of decisions) {
      const got = received.get(step)!;
      const units = Object.entries(byKey(got, 'unit')).filter(([key]) => key.startsWith('a/w'));
      const all = [
        ...units.map(([, values]) => [0.2, values] as const),
        [0.3, got['a/b']!],
        [0.4, got['b/w']!],
      ] as const;
      for (const [threshold, values] of all) expect(normOf(values)).toBeLessThanOrEqual(threshold * (1 + PRECISION));
    }
    expect(decisions.map((decision) => decision.decisions[0]!.clock)).toEqual(['exact', 'late', 'late', 'late']);
  });
});

describe('a late step knows', () => {
  it('a threshold and a target', async () => {
    const steps = gradientsOf(1, COUNT);
    const run = await runLate(watched(always({ threshold: 3, target: 0.5 })), steps, { lagOf: () => 3 });
    const seen = [...keysOf(run, steps, 'global')];
    for (const { before, after } of seen) near(after, before > 3 ? 0.5 : before, 'norm after');
    expect(new Set(seen.map(({ before }) => before > 3)).size).toBe(2);
  });

  it('a target above the norm: nothing grows', async () => {
    const steps = gradientsOf(1, COUNT);
    const run = await runLate(watched(always({ threshold: 0.001, target: 1000 })), steps, { lagOf: () => 3 });
    for (const { before, after } of keysOf(run, steps, 'global')) near(after, before, 'norm after');
  });

  it('a clamp', async () => {
    const clamp = Math.fround(0.7) - 1e-9;
    for (const scope of ['global', 'unit'] as const) {
      const steps = gradientsOf(1, COUNT, { spikes: 0.2 });
      const options = { scope, lateAfter: 0 };
      const { decisions, received } = await runLate(watched(always({ clamp }), options), steps, { lagOf: () => 3 });
      expect(decisions.filter((decision) => decision.decisions[0]!.clock === 'late').length).toBeGreaterThan(4);
      for (const { step, action } of decisions) {
        const isHit = NAMES.some((name) => steps[step]![name]!.some((x) => Math.abs(x) > clamp));
        expect([step, action]).toEqual([step, isHit ? 'clamp' : 'pass']);
        for (const name of NAMES)
          received.get(step)![name]!.forEach((x, i) => {
            const given = steps[step]![name]![i]!;
            expect(Math.abs(x)).toBeLessThanOrEqual(clamp);
            near(Math.abs(x), Math.min(Math.abs(given), clamp), 'element');
            expect(Math.sign(x)).toBe(Math.sign(given));
          });
      }
    }
  });

  it('epsilon, which is added to the norm in the factor', async () => {
    const steps = gradientsOf(1, COUNT);
    const run = await runLate(watched(1, { epsilon: 0.5 }), steps, { lagOf: () => 3 });
    for (const { before, after, decision } of keysOf(run, steps, 'global')) {
      near(after, before > 1 ? before / (before + 0.5) : before, 'norm after');
      near(after, decision.normAfter, 'what the decision says');
    }
  });

  it('the envelope', async () => {
    const steps = gradientsOf(1, COUNT);
    for (const [bound, threshold] of [
      [0.01, 0.5],
      [100, 2],
      [Infinity, 2],
      [1, 1],
    ] as const) {
      const run = await runLate(watched(bound, { envelope: { min: 0.5, max: 2 } }), steps, { lagOf: () => 3 });
      for (const { before, after, decision } of keysOf(run, steps, 'global')) {
        expect([decision.clock, decision.threshold]).toEqual(['late', threshold]);
        near(after, Math.min(before, threshold), 'norm after');
      }
    }
  });

  it('the loss and the learning rate, where the policy needs them', async () => {
    const seen: Partial<GradientNormEvent>[] = [];
    const curious = definePolicy<null>({
      name: 'curious',
      needs: ['loss', 'learningRate'],
      init: () => null,
      decide: (_, { loss, learningRate }) => (seen.push({ loss, learningRate } as GradientNormEvent), [1, null]),
      forecast: () => 1,
    });
    const run = watched(curious);
    Object.assign(run.inner, { learningRate: 0.25 });
    const x = tf.variable(tf.scalar(3), true, 'lateBounds/x');
    const reads = new HeldReads();
    const losses = [2, 1e-30, 0.1].map(Math.fround);
    for (const loss of losses) {
      const cost = run.optimizer.minimize(() => tf.add(tf.scalar(loss), tf.mul(x, 0)) as tf.Scalar, true, [x]);
      cost!.dispose();
    }
    await reads.releaseAll();
    expect(run.decisions.map((decision) => decision.decisions[0]!.clock)).toEqual(['late', 'late', 'late']);
    expect(seen).toEqual(losses.map((loss) => ({ loss, learningRate: 0.25 })));
    run.inner.dispose();
  });
});
