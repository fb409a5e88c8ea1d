import type { Job, RunResult } from '@gradclip/example-compare/worker';
import { memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { train } from '../src/train.ts';

const go = (): boolean => true;
const job = (run: string, steps: number, seed: number = 1): Job => ({ run, steps, seed });
const run = (name: string, steps: number, seed?: number): Promise<RunResult> =>
  train(job(name, steps, seed), undefined, go);
const bits = ({ value, history }: RunResult) => [value, ...history.norm, ...history.threshold, ...history.curve];

test('the same job gives the same steps, another seed others', async () => {
  const first = await run('percentile-50', 3);
  expect(bits(await run('percentile-50', 3))).toEqual(bits(first));
  expect(bits(await run('percentile-50', 3, 2))).not.toEqual(bits(first));
});

test('all runs of a seed start from the same weights and machines', async () => {
  const [none, average, clean] = [await run('none', 2), await run('average', 2), await run('none-clean', 2)];
  expect(average.history.norm).toEqual(none.history.norm);
  expect(clean.history.norm).toEqual(none.history.norm); // no unknown life is among the first 64 windows
});

test('the unit of the loss changes nothing but what max norm 1 does', async () => {
  const [cycles, shares] = [await run('none', 4), await run('none-shares', 4)];
  expect(shares.value / cycles.value).toBeCloseTo(1, 3);
  cycles.history.curve.forEach((loss, i) => expect(shares.history.curve[i]! / loss).toBeCloseTo(1, 3));
  expect((await run('fixed-1', 4)).clipRate).toBe(1);
  expect((await run('fixed-1-shares', 4)).clipRate).toBeLessThan(0.5);
});

test('twenty steps leave no tensor behind, and are enough to be much better than guessing', async () => {
  await run('none', 1);
  const before = memory();
  const counts: number[] = [];
  const watch = (): boolean => counts.push(memory().numTensors) > 0;
  const { value, clipRate } = await train(job('percentile-50-clean', 20), undefined, watch);
  expect(clipRate).toBeGreaterThan(0);
  expect(new Set(counts).size).toBe(1);
  expect(memory().numTensors).toBe(before.numTensors);
  expect(memory().numBytes).toBe(before.numBytes);
  expect(value).toBeLessThan(15);
});

test('whoever watches can stop, and names are free again for the next training', async () => {
  const result = await train(job('fixed-1', 9), undefined, ({ step }) => step < 3);
  expect(result).toMatchObject({ ending: 'stopped', steps: 3 });
  expect(await run('fixed-1', 2)).toMatchObject({ ending: 'finished', steps: 2 });
});
