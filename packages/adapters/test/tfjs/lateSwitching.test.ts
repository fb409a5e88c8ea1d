import { createClipper, definePolicy } from '@gradclip/core';
import { fixed, movingAverage, percentile } from '@gradclip/policies';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backend } from './backend.ts';
import { HeldReads, soon } from './lateSupport/heldReads.ts';
import { gradientsOf, runLate, watched } from './lateSupport/run.ts';
import type { Watched } from './lateSupport/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const clocks = ({ decisions }: Pick<Watched, 'decisions'>): string =>
  decisions.map((decision) => decision.decisions[0]!.clock[0]).join('');

/** Takes steps with every norm held back. */
function openSteps(run: Watched, count: number): HeldReads {
  const reads = new HeldReads();
  for (const values of gradientsOf(count, count)) run.apply(values);
  return reads;
}

describe('the first steps are exact', () => {
  it('while the policy has no finite threshold', async () => {
    const run = await runLate(watched(movingAverage({ warmup: 7 })), gradientsOf(1, 12), { lagOf: () => 2 });
    expect(clocks(run)).toBe('eeeeeeelllll');
  });

  it('of a fixed threshold are not', async () => {
    expect(clocks(await runLate(watched(fixed(1)), gradientsOf(1, 3), { lagOf: () => 2 }))).toBe('lll');
  });

  it.each([0, 1, 5])('at most %i where so many are asked for', async (lateAfter) => {
    const run = await runLate(watched(Infinity, { lateAfter }), gradientsOf(1, 8), { lagOf: () => 2 });
    expect(clocks(run)).toBe('e'.repeat(lateAfter) + 'l'.repeat(8 - lateAfter));
  });

  it('at most 100, if nothing else is asked for', async () => {
    const run = await runLate(watched(Infinity), gradientsOf(1, 104), { lagOf: () => 2 });
    expect(clocks(run)).toBe('e'.repeat(100) + 'llll');
  });

  it('while one of several keys has none', async () => {
    const groups = [{ match: 'a', policy: 1 }, { policy: percentile({ p: 50 }) }];
    expect(clocks(await runLate(watched(groups), gradientsOf(1, 3), { lagOf: () => 2 }))).toBe('ell');
  });

  it('at unit scope: they count the units', async () => {
    const run = await runLate(watched(1, { scope: 'unit' }), gradientsOf(1, 3), { lagOf: () => 2 });
    expect(clocks(run)).toBe('ell');
  });
});

describe('with more steps open than maxLag', () => {
  it.each([0, 1, 5, 64])('the next one is exact, and closes them: %i', async (maxLag) => {
    const run = watched(1, { maxLag });
    const reads = openSteps(run, maxLag + 1);
    expect(run.decisions).toEqual([]);
    run.apply(gradientsOf(1, 1)[0]!);
    expect(clocks(run)).toBe('l'.repeat(maxLag + 1) + 'e');
    expect(run.decisions.map(({ step }) => step)).toEqual(run.decisions.map((_, step) => step));
    run.apply(gradientsOf(2, 1)[0]!);
    // What had been read for the closed steps comes back in the end, and nothing happens.
    await reads.releaseAll();
    expect(clocks(run)).toBe('l'.repeat(maxLag + 1) + 'el');
    run.inner.dispose();
  });

  it('64, if nothing else is asked for', async () => {
    const run = watched(1);
    const reads = openSteps(run, 66);
    expect(clocks(run)).toBe('l'.repeat(65) + 'e');
    await reads.releaseAll();
    run.inner.dispose();
  });
});

describe('while steps are open', () => {
  it('there is no state to save; when they are settled, there is', async () => {
    const run = watched(1);
    const reads = openSteps(run, 3);
    expect(() => run.clipper.state()).toThrow(expect.objectContaining({ code: 'STEPS_IN_FLIGHT', where: { open: 3 } }));
    let isSettled = false;
    const settled = run.clipper.settled().then(() => (isSettled = true));
    await reads.release();
    await reads.release();
    await soon();
    expect([isSettled, run.decisions.length]).toEqual([false, 2]);
    await reads.release();
    await settled;
    const other = createClipper(1);
    other.restore(run.clipper.state());
    expect(other.stats().steps).toBe(3);
    run.inner.dispose();
  });

  it('dispose and getConfig of the optimizer read what has not come back', async () => {
    for (const close of ['dispose', 'getConfig'] as const) {
      const run = watched(1);
      const reads = openSteps(run, 3);
      run.optimizer[close]();
      expect(clocks(run)).toBe('lll');
      await run.clipper.settled();
      expect(run.clipper.stats().steps).toBe(3);
      await reads.releaseAll();
      reads.end();
      run.inner.dispose();
    }
  });
});

describe('a policy that does not know its threshold beforehand', () => {
  it('has every step done exactly, with one alert', async () => {
    const blind = definePolicy({ name: 'blind', init: () => null, decide: () => [1, null] });
    for (const by of [percentile({ p: 10, includeCurrent: true }), blind]) {
      const run = await runLate(watched(by), gradientsOf(1, 5), { lagOf: () => 2 });
      expect(clocks(run)).toBe('eeeee');
      expect(run.alerts.map(({ code, step }) => [code, step])).toEqual([['NO_FORECAST', 0]]);
    }
  });

  it('this time only, has this step done exactly', async () => {
    const sometimes = definePolicy<number>({
      name: 'sometimes',
      init: () => 0,
      decide: (seen) => [1, seen + 1],
      forecast: (_, { step }) => (step % 3 === 2 ? undefined : 1),
    });
    const run = await runLate(watched(sometimes), gradientsOf(1, 7), { lagOf: () => 3 });
    expect([clocks(run), run.alerts]).toEqual(['llellel', []]);
  });
});

describe('clock', () => {
  const own = backend === 'webgl' || backend === 'webgpu' ? 'l' : 'e';
  it.each([
    ['auto', own],
    [undefined, own],
    ['exact', 'e'],
    ['late', 'l'],
  ] as const)(`%s on ${backend}`, async (clock, expected) => {
    const run = watched(1, { clock: clock! });
    if (clock === undefined) Object.assign(run, watched(1, { clock: 'auto' }));
    expect(clocks(await runLate(run, gradientsOf(1, 3), { lagOf: () => 2 }))).toBe(expected.repeat(3));
  });

  it('late of an order that a device does not reduce is exact', async () => {
    for (const norm of [3, 0.5]) {
      const run = await runLate(watched(1, { norm }), gradientsOf(1, 2), { lagOf: () => 1 });
      expect([norm, clocks(run), run.alerts]).toEqual([norm, 'ee', []]);
    }
  });
});
