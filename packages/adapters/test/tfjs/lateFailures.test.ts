import { definePolicy } from '@gradclip/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeldReads, soon } from './lateSupport/heldReads.ts';
import { gradientsOf, watched } from './lateSupport/run.ts';
import type { Watched } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const steps = gradientsOf(1, 8);
const actions = ({ decisions }: Watched): string[] => decisions.map(({ step, action }) => `${step} ${action}`);

describe('norms that cannot be read', () => {
  it('leave out their step, and training goes on', async () => {
    const run = watched(0.01);
    const reads = new HeldReads();
    for (const values of steps.slice(0, 4)) run.apply(values);
    await reads.fail(new Error('lost'), 1);
    // Step 0 is still open: decisions come in order.
    expect(run.decisions).toEqual([]);
    await reads.release();
    expect(actions(run)).toEqual(['0 scale', '1 skip']);
    expect(run.decisions[1]!.reason).toContain('lost');
    expect(run.decisions[1]!.decisions).toEqual([]);
    run.apply(steps[4]!);
    await reads.releaseAll();
    await run.clipper.settled();
    expect(actions(run)).toEqual(['0 scale', '1 skip', '2 scale', '3 scale', '4 scale']);
    expect(run.inner.calls).toBe(5);
    expect(run.clipper.stats().steps).toBe(5);
    run.inner.dispose();
  });

  it('neither now nor when they are read at once, leave out their steps, too', async () => {
    const run = watched(0.01);
    const reads = new HeldReads();
    for (const values of steps.slice(0, 2)) run.apply(values);
    vi.spyOn(tf.Tensor.prototype, 'dataSync').mockImplementation(() => {
      throw new Error('gone');
    });
    run.optimizer.getConfig();
    expect(actions(run)).toEqual(['0 skip', '1 skip']);
    expect(run.decisions[0]!.reason).toContain('gone');
    vi.mocked(tf.Tensor.prototype.dataSync).mockRestore();
    await reads.releaseAll();
    run.apply(steps[2]!);
    await reads.releaseAll();
    expect(actions(run)).toEqual(['0 skip', '1 skip', '2 scale']);
    run.inner.dispose();
  });

  it('of all steps: settled() resolves', async () => {
    const run = watched(0.01);
    const reads = new HeldReads();
    for (const values of steps) run.apply(values);
    const settled = run.clipper.settled();
    while (reads.count) await reads.fail(new Error('lost'), reads.count - 1);
    await settled;
    expect(actions(run)).toEqual(steps.map((_, step) => `${step} skip`));
    expect(() => run.clipper.state()).not.toThrow();
    run.inner.dispose();
  });
});

describe('an optimizer that throws', () => {
  it('has its step left out, and training goes on', async () => {
    const run = watched(0.01);
    const reads = new HeldReads();
    for (const [step, values] of steps.entries()) {
      run.inner.before = () => {
        if (step % 3 === 1) throw new Error('full');
      };
      if (step % 3 === 1) expect(() => run.apply(values)).toThrow('full');
      else run.apply(values);
    }
    await reads.releaseAll();
    expect(actions(run)).toEqual(steps.map((_, step) => `${step} ${step % 3 === 1 ? 'skip' : 'scale'}`));
    expect(run.decisions[1]!.reason).toContain('full');
    expect(run.inner.calls).toBe(5);
    await run.clipper.settled();
    run.inner.dispose();
  });

  it('in its only step leaves nothing open', async () => {
    const run = watched(0.01);
    run.inner.before = () => {
      throw new Error('full');
    };
    expect(() => run.apply(steps[0]!)).toThrow('full');
    expect(() => run.clipper.state()).not.toThrow();
    expect(actions(run)).toEqual(['0 skip']);
    run.inner.dispose();
  });
});

describe('norms that cannot be used', () => {
  /** A loss that is needed and not given. */
  const needy = definePolicy({
    name: 'needy',
    needs: ['loss'],
    init: () => null,
    decide: () => [1, null],
    forecast: () => 1,
  });

  it('for want of a loss are refused before the optimizer steps', async () => {
    const run = watched(needy);
    // applyGradients is given no loss.
    for (let i = 0; i < 2; i++)
      expect(() => run.apply(steps[i]!)).toThrow(expect.objectContaining({ code: 'INVALID_CONTEXT' }));
    await run.clipper.settled();
    expect(run.inner.calls).toBe(0);
    expect(run.clipper.stats().steps).toBe(0);
    run.inner.dispose();
  });

  it('because their step was abandoned by somebody else are told of at the next step, once', async () => {
    const run = watched(0.01);
    const reads = new HeldReads();
    for (const values of steps.slice(0, 3)) run.apply(values);
    run.clipper.abandon(0, 'by hand');
    await reads.releaseAll();
    await soon();
    expect(actions(run)).toEqual(['0 skip', '1 scale', '2 scale']);
    expect(() => run.apply(steps[3]!)).toThrow(expect.objectContaining({ code: 'STEP_OUT_OF_ORDER' }));
    run.apply(steps[3]!);
    await reads.releaseAll();
    expect(actions(run)).toEqual(['0 skip', '1 scale', '2 scale', '3 scale']);
    run.inner.dispose();
  });

  it('because a policy fails have the bound that is in force', async () => {
    let asked = 0;
    const faulty = definePolicy({
      name: 'faulty',
      init: () => null,
      decide: () => {
        if (asked++ === 1) throw new Error('boom');
        return [0.5, null];
      },
      forecast: () => 0.5,
    });
    const run = watched(faulty);
    const reads = new HeldReads();
    for (const values of steps.slice(0, 4)) run.apply(values);
    await reads.releaseAll();
    expect(run.decisions.map(({ threshold }) => threshold)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(run.alerts.map(({ code, step }) => [code, step])).toEqual([['POLICY_FAULT', 1]]);
    run.inner.dispose();
  });
});
