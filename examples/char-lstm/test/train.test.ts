import { memory } from '@tensorflow/tfjs-core';
import { did } from '@gradclip/example-compare/worker';
import type { Job, RunResult } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { runs } from '../src/runs.ts';
import { learningRate } from '../src/setting.ts';
import { train } from '../src/train.ts';
import { fewLetters } from './fixture.ts';

const text = fewLetters();
const go = (): boolean => true;
const job = (run: string, steps: number, seed: number = 1): Job => ({ run, steps, seed });
const bits = ({ history, value }: RunResult) => [...history.norm, ...history.threshold, ...history.curve, value];

test('the same job gives the same steps, another seed others, and no tensor is left behind', async () => {
  const first = await train(job('fixed-0.25', 4), text, go);
  const before = memory().numTensors;
  expect(bits(await train(job('fixed-0.25', 4), text, go))).toEqual(bits(first));
  expect(memory().numTensors).toBe(before);
  expect(bits(await train(job('fixed-0.25', 4, 2), text, go))).not.toEqual(bits(first));
});

test('all runs of a seed start from the same weights and the same batch', async () => {
  const results: RunResult[] = [];
  for (const { name } of runs) results.push(await train(job(name, 1), text, go));
  for (const { history } of results) {
    expect(history.norm[0]).toBe(results[0]!.history.norm[0]);
    expect(history.curve[0]).toBeCloseTo(Math.log(39), 1); // nothing is known yet
  }
});

test('adaptive policies look at ten gradients before the first update', async () => {
  const { history } = await train(job('percentile-10', 12), text, go);
  expect([...history.action.subarray(0, 10)]).toEqual(Array(10).fill(did.skip));
  expect([...history.action.subarray(10)]).not.toContain(did.skip);
});

test('more steps than the text has batches go through it again', async () => {
  const short = { ...text, training: text.training.subarray(0, 1200) };
  const { steps, history } = await train(job('none-at-10', 5), short, go);
  expect(steps).toBe(5);
  expect(history.curve[2]).not.toBe(history.curve[0]);
});

test('whoever watches sees every step, and can stop', async () => {
  const seen: number[] = [];
  const result = await train(job('fixed-1', 20), text, ({ step }) => {
    seen.push(step);
    return step < 3;
  });
  expect(seen).toEqual([1, 2, 3]);
  expect(result).toMatchObject({ ending: 'stopped', steps: 3 });
});

test('it learns', async () => {
  const { history } = await train(job('none-at-10', 12), text, go);
  expect(history.curve[11]).toBeLessThan(history.curve[0]! - 0.3);
});

test('the learning rate falls to a twentieth', () => {
  expect(learningRate(20, 0, 250)).toBe(20);
  expect(learningRate(20, 250, 250)).toBeCloseTo(1);
});
