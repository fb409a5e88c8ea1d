import type { ClipAlert, StepDecision } from '@gradclip/core';
import { percentile } from '@gradclip/policies';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeldReads } from './lateSupport/heldReads.ts';
import { gradientsOf, isSlow, runLate, SHAPES, watched } from './lateSupport/run.ts';
import type { Values } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = Object.keys(SHAPES);

function withBad(name: string, index: number, value: number): Values {
  const [values] = gradientsOf(1, 1);
  values![name]![index] = value;
  return values!;
}

/** The decision, the alert and what the optimizer got of one bad step, late. */
async function bad(values: Values, options: Parameters<typeof watched>[1] = {}) {
  const run = await runLate(watched(1, options), [values], { lagOf: () => 1 });
  const [decision] = run.decisions as [StepDecision];
  expect(decision.decisions[0]!.clock).toBe('late');
  return { decision, alert: run.alerts[0] as ClipAlert, received: run.received.get(0)!, stats: run.clipper.stats() };
}

const expectZeros = (received: Readonly<Record<string, Float32Array>>): void => {
  expect(Object.keys(received)).toEqual(NAMES);
  for (const name of NAMES) expect([...received[name]!].filter((value) => value !== 0)).toEqual([]);
};

describe('a gradient that is not finite, in a late step', () => {
  const places = NAMES.flatMap((name) => {
    const length = SHAPES[name]!.reduce((a, b) => a * b, 1);
    return Array.from({ length }, (_, index) => [name, index] as const);
  });

  it.each([NaN, Infinity, -Infinity])(
    'reaches the optimizer as zeros, and is named with its place: %d',
    async (value) => {
      for (const [name, index] of isSlow ? [places[0]!, places[7]!, places.at(-1)!] : places) {
        const { decision, alert, received, stats } = await bad(withBad(name, index, value));
        expect(decision).toMatchObject({ step: 0, action: 'drop', proceed: true, norm: NaN, normAfter: 0, factor: 1 });
        expect(alert).toMatchObject({ code: 'NON_FINITE', step: 0 });
        expect(alert.message).toContain(`${name}[${index}] = ${value}`);
        expectZeros(received);
        expect(stats).toMatchObject({ steps: 1, nonFinite: 1 });
      }
    },
  );

  it.each(['tensor', 'unit', 'group'] as const)('is named at scope %s, too', async (scope) => {
    for (const [name, index] of isSlow ? [places[5]!, places.at(-2)!] : places) {
      // Units are counted by an exact step.
      const run = watched(1, { scope });
      const steps = [...gradientsOf(2, 1), withBad(name, index, NaN)];
      const { decisions, alerts, received } = await runLate(run, steps, { lagOf: () => 1 });
      expect([decisions[1]!.action, decisions[1]!.decisions[0]!.clock]).toEqual(['drop', 'late']);
      expect(alerts.find(({ code }) => code === 'NON_FINITE')!.message).toContain(`${name}[${index}] = NaN`);
      expectZeros(received.get(1)!);
    }
  });

  it('counts all its bad elements', async () => {
    const [values] = gradientsOf(1, 1);
    values!['a/b']![3] = NaN;
    values!['a/w']!.set([-Infinity, NaN], 4);
    values!['b/w']!.fill(Infinity);
    const { alert } = await bad(values!);
    expect(alert.message).toMatch(/13 elements are not finite, the first is a\/w\[4\] = -Infinity/);
  });

  it.each(['skip', 'zero', 'throw'] as const)('is dropped with onNonFinite %s', async (onNonFinite) => {
    const { decision, received } = await bad(withBad('b/w', 3, NaN), { onNonFinite });
    expect(decision).toMatchObject({ action: 'drop', proceed: true });
    expectZeros(received);
  });

  it('goes through as it is with onNonFinite pass', async () => {
    const values = withBad('b/w', 3, -Infinity);
    const { decision, received } = await bad(values, { onNonFinite: 'pass' });
    expect(decision).toMatchObject({ action: 'pass', proceed: true, norm: NaN });
    expect(received).toEqual(values);
  });

  it('is not what a finite gradient of any magnitude is', async () => {
    for (const magnitude of [3.4e38, 1e19, 1e-30]) {
      const values = Object.fromEntries(NAMES.map((name) => [name, new Float32Array([magnitude, 0, -magnitude])]));
      const shapes = Object.fromEntries(NAMES.map((name) => [name, [3]]));
      const run = await runLate(watched(1e-30, {}, shapes), [values], { lagOf: () => 0 });
      expect([magnitude, run.decisions[0]!.action, run.alerts]).toEqual([magnitude, 'scale', []]);
    }
  });
});

describe('the budget of bad steps', () => {
  it('halts when it is used up, and the next step throws', async () => {
    const run = watched(1, { nonFiniteBudget: 3 });
    const reads = new HeldReads();
    const steps = [...gradientsOf(1, 1), ...[0, 1, 2, 3].map((index) => withBad('a/b', index, NaN))];
    for (const values of steps) run.apply(values);
    // All of them are open: nothing is known yet.
    expect([run.inner.calls, run.decisions]).toEqual([5, []]);
    await reads.releaseAll();
    expect(run.decisions.map(({ action }) => action).slice(1)).toEqual(['drop', 'drop', 'halt', 'halt']);
    expect(run.alerts.map(({ code }) => code).filter((code) => code === 'HALTED')).toEqual(['HALTED']);
    const { calls } = run.inner;
    for (let attempt = 0; attempt < 2; attempt++)
      expect(() => run.apply(steps[0]!)).toThrow(expect.objectContaining({ code: 'HALTED' }));
    expect(run.inner.calls).toBe(calls);
    run.clipper.restore(run.clipper.state(), { clearFaults: true });
    run.apply(steps[0]!);
    await reads.releaseAll();
    expect(run.decisions.at(-1)).toMatchObject({ step: 5, proceed: true });
    run.inner.dispose();
  });

  it('begins anew with a good step', async () => {
    const good = gradientsOf(1, 1)[0]!;
    const steps = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? good : withBad('a/w', i, Infinity)));
    const run = await runLate(watched(percentile({ p: 50 }), { nonFiniteBudget: 3 }), steps, { lagOf: () => 5 });
    expect(run.decisions.map(({ action }) => action)).not.toContain('halt');
  });
});
