import type * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gradientsOf, isSlow, runLate, SHAPES, tensorsOf, watched } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = Object.keys(SHAPES);
const COUNT = isSlow ? 6 : 25;

describe('observing', () => {
  it.each(['global', 'unit'] as const)('changes no bit and loses no step, at scope %s', async (scope) => {
    const steps = gradientsOf(9, COUNT, { spikes: 0.2, bad: 0.3 });
    const run = watched(0.1, { scope, observe: true, nonFiniteBudget: 1 });
    const { decisions, received } = await runLate(run, steps, { lagOf: () => 3 });
    expect(decisions.filter((decision) => decision.decisions[0]!.clock === 'late').length).toBeGreaterThan(4);
    expect(decisions.every(({ proceed, applied }) => proceed && !applied)).toBe(true);
    expect(decisions.some(({ action }) => action === 'scale')).toBe(true);
    expect([...received.values()]).toEqual(steps);
  });

  it('hands on the very tensors', () => {
    const run = watched(0.1, { observe: true });
    const given = tensorsOf(gradientsOf(1, 1)[0]!);
    run.optimizer.applyGradients(given);
    const got = run.inner.last as tf.NamedTensorMap;
    for (const name of NAMES) expect(got[name]).toBe(given[name]);
    run.inner.dispose();
  });
});
