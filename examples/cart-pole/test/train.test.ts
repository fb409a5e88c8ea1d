import { createRandom } from '@gradclip/example-compare/worker';
import type { Job, RunResult, Watch } from '@gradclip/example-compare/worker';
import { memory } from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { createNetwork } from '../src/network.ts';
import { runs } from '../src/runs.ts';
import { rateFactor } from '../src/setting.ts';
import { startTensorflow } from '../src/tensorflow.ts';
import { train } from '../src/train.ts';

const go = (): boolean => true;
const run = (name: string, steps: number, seed: number = 1, watch: Watch = go): Promise<RunResult> =>
  train({ run: name, steps, seed } satisfies Job, undefined, watch);
const bits = ({ history, value }: RunResult) => [...history.norm, ...history.threshold, ...history.curve, value];

test('the same job gives the same steps, another seed others', async () => {
  const first = await run('percentile-10', 6);
  expect(bits(await run('percentile-10', 6))).toEqual(bits(first));
  expect(bits(await run('percentile-10', 6, 2))).not.toEqual(bits(first));
});

test('all runs of a seed start from the same weights and games', async () => {
  const results = await inTurn(
    runs.map(
      ({ name }) =>
        () =>
          run(name, 1),
    ),
  );
  for (const { history } of results) {
    expect(history.norm[0]).toBe(results[0]!.history.norm[0]);
    expect(history.curve[0]).toBe(results[0]!.history.curve[0]);
  }
});

test('a threshold below all norms clips every step', async () => {
  const { history } = await run('fixed-0.1', 5);
  expect([...history.threshold]).toEqual(Array(5).fill(0.1));
  expect([...history.action]).toEqual(Array(5).fill(1));
});

for (const name of ['none', 'fixed-1', 'percentile-10-adam'])
  test(`${name}: no step keeps a tensor, and a training leaves none behind`, async () => {
    await startTensorflow();
    const before = memory().numTensors;
    const counts: number[] = [];
    await run(name, 8, 1, () => counts.push(memory().numTensors) > 0);
    expect(counts.slice(1)).toEqual(Array(7).fill(counts[1]));
    expect(memory().numTensors).toBe(before);
  });

test('nothing is printed by TensorFlow.js', async () => {
  const warn = vi.spyOn(console, 'warn');
  await run('none', 1);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test('whoever watches sees every step, and can stop', async () => {
  const seen: number[] = [];
  const result = await run('none', 20, 1, ({ step }) => {
    seen.push(step);
    return step < 4;
  });
  expect(seen).toEqual([1, 2, 3, 4]);
  expect(result).toMatchObject({ ending: 'stopped', steps: 4 });
});

test('weights that are not finite are noticed', async () => {
  await startTensorflow();
  const network = createNetwork(createRandom(1));
  expect(network.isFinite()).toBe(true);
  const [weights] = network.variables;
  weights!.dataSync()[3] = NaN; // the memory itself, on this backend
  expect(network.isFinite()).toBe(false);
  network.dispose();
});

test('the learning rate falls in a line', () => {
  expect(rateFactor(0, 100)).toBe(1);
  expect(rateFactor(50, 100)).toBeCloseTo(0.51);
  expect(rateFactor(100, 100)).toBeCloseTo(0.02);
});

test('forty steps of Adam are enough to be better than random play', async () => {
  expect((await run('none-adam', 40)).value).toBeGreaterThan(60);
});

async function inTurn<T>(jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const job of jobs) results.push(await job());
  return results;
}
