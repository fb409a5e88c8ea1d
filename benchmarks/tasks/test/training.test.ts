import { createClipper } from '@gradclip/core';
import { auto } from '@gradclip/policies';
import { describe, expect, test } from 'vitest';
import { Clipping } from '../src/clipping.ts';
import { candidates } from '../src/policies.ts';
import { createPerformer } from '../src/running/perform.ts';
import { randomOf, studentT } from '../src/numerics/draw.ts';
import { sigmoid, tanh } from '../src/numerics/tanh.ts';
import { isFaulty } from '../src/tasks/faults.ts';
import { markovText } from '../src/tasks/markovText.ts';
import { drawSequences } from '../src/tasks/temporalOrder.ts';

const perform = createPerformer();
const run = (policy: string, task: string, setting: string, seed = 1) => perform({ task, policy, setting, seed });

test('every policy trains', { timeout: 120_000 }, async () => {
  for (const { name } of candidates) {
    const { clipRate, steps } = await run(name, 'A', '1');
    expect(steps, name).toBe(3000);
    expect(clipRate >= 0 && clipRate <= 1, name).toBe(true);
  }
});

test('the same job gives the same numbers, another seed others', async () => {
  const { seconds: _first, ...once } = await run('auto', 'B', 'up');
  const { seconds: _second, ...again } = await createPerformer()({ task: 'B', policy: 'auto', setting: 'up', seed: 1 });
  expect(again).toEqual(once);
  expect((await run('auto', 'B', 'up', 2)).value).not.toBe(once.value);
});

test('auto has the same error at all scales, a constant has not', async () => {
  const errors = async (policy: string) =>
    Promise.all(['1e-4', '1e-2', '1', '1e2', '1e4'].map(async (setting) => (await run(policy, 'A', setting)).value));
  const [first, ...others] = await errors('auto');
  expect(first).toBeLessThan(0.11);
  for (const other of others) expect(Math.abs(other / first! - 1)).toBeLessThan(1e-6);
  expect(Math.max(...(await errors('fixed-1')))).toBeGreaterThan(0.36);
});

describe('the clipping of a run', () => {
  test('counts', () => {
    const clipping = new Clipping(createClipper(1));
    const gradients = [Float64Array.of(3, 4)];
    expect(clipping.clip(gradients, gradients)).toBe(true);
    gradients[0]!.set([0.1, 0]);
    clipping.clip(gradients, gradients);
    expect(clipping.outcome(7, true)).toEqual({ value: 7, solved: true, steps: 2, clipRate: 0.5, largestNorm: 5 });
  });

  test('skips what is not finite', () => {
    const clipping = new Clipping(createClipper(auto()));
    expect(clipping.clip([Float64Array.of(NaN)], [Float64Array.of(1)])).toBe(false);
  });
});

test('tanh and the logistic function are right to 1e-11', () => {
  for (let x = -25; x < 25; x += 0.0137) {
    expect(Math.abs(tanh(x) - Math.tanh(x))).toBeLessThan(1e-11);
    expect(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x)))).toBeLessThan(1e-11);
  }
  expect(tanh(NaN)).toBeNaN();
  expect([tanh(Infinity), tanh(-Infinity)]).toEqual([1, -1]);
});

test('the noise has the tails of Student, 1.2 degrees of freedom', () => {
  const random = randomOf(5, 0);
  const sizes = Float64Array.from({ length: 40_000 }, () => Math.abs(studentT(random, 1.2))).sort();
  // Quantiles of |t| by numerical integration of the density.
  expect(sizes[20_000]!).toBeGreaterThan(0.9);
  expect(sizes[20_000]!).toBeLessThan(0.98);
  expect(sizes[39_600]!).toBeGreaterThan(25);
  expect(sizes[39_600]!).toBeLessThan(45);
});

test('sequences of the temporal order have one symbol of two kinds in each stretch', () => {
  const input = new Uint8Array(30 * 50);
  const labels = new Uint8Array(50);
  drawSequences(input, labels, randomOf(2, 0));
  for (let i = 0; i < 50; i++) {
    const sequence = Array.from({ length: 30 }, (_, t) => input[t * 50 + i]!);
    const places = sequence.flatMap((symbol, t) => (symbol < 2 ? [t] : []));
    expect(places).toHaveLength(2);
    const [first, second] = places as [number, number];
    expect(first >= 3 && first < 6 && second >= 12 && second < 15).toBe(true);
    expect(labels[i]).toBe(2 * sequence[first]! + sequence[second]!);
  }
});

test('a text is drawn from few likely successors', () => {
  const text = markovText(24, 20_000, randomOf(1, 0));
  const successors = new Set<number>();
  for (let i = 2; i < text.length; i++) successors.add((text[i - 2]! * 24 + text[i - 1]!) * 24 + text[i]!);
  expect(successors.size).toBeLessThan(24 ** 3 / 3);
  expect(Math.max(...text)).toBeLessThan(24);
});

test('faults come singly and in bursts', () => {
  const faulty = (kind: string) =>
    Array.from({ length: 600 }, (_, step) => step).filter((step) => isFaulty(kind, step));
  expect(faulty('single')).toEqual([60, 100, 140, 180, 220, 260, 300, 340, 380, 420, 460, 500, 540, 580]);
  expect(faulty('burst 5')).toHaveLength(30);
  expect(faulty('burst 20')).toHaveLength(60);
  expect(faulty('')).toEqual([]);
});
