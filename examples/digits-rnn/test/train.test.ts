import { did } from '@gradclip/example-compare/worker';
import type { Job, RunResult } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { loadDigits } from '../src/data.ts';
import { runs } from '../src/runs.ts';
import { train } from '../src/train.ts';

const digits = loadDigits();
// Few test images: their accuracy is not what is looked at here.
const few = {
  ...digits,
  test: { images: digits.test.images.subarray(0, 784 * 50), labels: digits.test.labels.subarray(0, 50) },
};
const go = (): boolean => true;
const job = (run: string, steps: number, seed: number = 1): Job => ({ run, steps, seed });
const bits = ({ history }: RunResult) => [...history.norm, ...history.threshold, ...history.curve, ...history.action];

test('the same job gives the same steps, another seed others', () => {
  const first = train(job('percentile-10', 20), few, go);
  expect(bits(train(job('percentile-10', 20), few, go))).toEqual(bits(first));
  expect(bits(train(job('percentile-10', 20, 2), few, go))).not.toEqual(bits(first));
});

test('all runs of a seed start from the same weights and meet the same damage', () => {
  const results = runs.filter(({ data }) => data === 'damaged').map(({ name }) => train(job(name, 3), few, go));
  for (const { history } of results) {
    expect(history.norm[0]).toBe(results[0]!.history.norm[0]);
    expect(history.marked).toEqual(results[0]!.history.marked);
  }
});

test('clean data differ from the damaged in the damaged batches only', () => {
  const { marked } = train(job('fixed-0.1', 60), few, ({ norm }) => norm < 100).history;
  const first = marked.findIndex((count) => count > 0);
  expect(first).toBeGreaterThan(0);
  const [one, clean] = ['fixed-1', 'fixed-1-clean'].map((name) => train(job(name, first + 1), few, go).history);
  expect(clean!.norm.slice(0, first)).toEqual(one!.norm.slice(0, first));
  expect(one!.norm[first]).toBeGreaterThan(10 * clean!.norm[first]!);
  expect(clean!.marked.every((count) => count === 0)).toBe(true);
});

test('without clipping the weights are lost, and the run ends there', () => {
  const result = train(job('none', 60), few, go);
  expect(result.ending).toBe('failed');
  expect(result.steps).toBeLessThan(60);
  expect(result.history.norm.length).toBe(result.steps);
  expect(result.largestNorm).toBe(Infinity);
  expect(result.clipRate).toBe(0);
  expect(result.alerts.map(({ code }) => code)).toContain('NON_FINITE');
});

test('auto starts at once, clips once it knows a norm, and explains itself', () => {
  const { history, skipped } = train(job('auto', 14), few, go);
  expect(skipped).toBe(0);
  expect(history.threshold.at(-1)).toBeLessThan(100);
  expect(runs.find(({ name }) => name === 'auto')!.explain!(history)).not.toBe('auto');
});

test('the other adaptive policies look at ten gradients before the first update', () => {
  const others = runs.filter((run) => run.kind === 'adaptive' && !run.name.startsWith('auto'));
  for (const { name } of others) {
    const { history, skipped } = train(job(name, 14), few, go);
    expect([...history.action.subarray(0, 10)]).toEqual(Array(10).fill(did.skip));
    expect([...history.action.subarray(10)]).not.toContain(did.skip);
    expect(skipped).toBe(10);
    expect(history.threshold[9]).toBe(Infinity);
    expect(history.threshold[10]).toBeLessThan(100);
  }
});

test('a schedule ends where it should', () => {
  const { history } = train(job('decaying', 11), few, go);
  expect(history.threshold[0]).toBeCloseTo(10);
  expect(history.threshold[10]).toBeLessThan(0.2);
});

test('whoever watches sees every step, and can stop', () => {
  const seen: number[] = [];
  const result = train(job('fixed-1', 20), few, ({ step }) => {
    seen.push(step);
    return step < 7;
  });
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(result).toMatchObject({ ending: 'stopped', steps: 7 });
});

test('sixty steps are enough to be better than guessing', () => {
  expect(train(job('fixed-3', 60), digits, go).value).toBeGreaterThan(0.2);
});
