import { clipBuffers } from '@gradclip/adapters/buffers';
import { createClipper, warmup } from '@gradclip/core';
import { expect, test } from 'vitest';
import { did } from '../src/history.ts';
import { createRecorder } from '../src/recorder.ts';
import type { Progress } from '../src/result.ts';
import { train } from './trial.ts';

const go = (): boolean => true;
const job = (run: string, steps: number) => ({ run, seed: 1, steps });
const gradient = (norm: number) => ({ w: Float32Array.of(norm) });

test('every step is in the history', async () => {
  const { history, ...result } = await train(job('fixed-7', 8), undefined, go);
  expect([...history.norm]).toEqual([5, 5, 5, 50, 5, 5, 5, 50]);
  expect([...history.threshold]).toEqual(Array(8).fill(7));
  expect([...history.action]).toEqual([0, 0, 0, did.clip, 0, 0, 0, did.clip]);
  expect([...history.marked]).toEqual([1, 0, 0, 0, 0, 0, 1, 0]);
  expect(history.curve[3]).toBe(0.25);
  expect(result).toMatchObject({ ending: 'finished', steps: 8, value: 0.875, clipRate: 0.25, largestNorm: 50 });
  expect(result.clipperShare).toBeNaN();
});

test('the time share is there after the first fifty steps', async () => {
  const { clipperShare } = await train(job('fixed-7', 300), undefined, go);
  expect(clipperShare).toBeGreaterThan(0);
  expect(clipperShare).toBeLessThan(1);
});

test('whoever watches sees every step, with the metric ten times, and can stop', async () => {
  const seen: Progress[] = [];
  const result = await train(job('fixed-7', 40), undefined, (progress) => {
    seen.push(progress);
    return progress.step < 6;
  });
  expect(seen.map(({ step, value }) => [step, value])).toEqual([
    [1, NaN],
    [2, NaN],
    [3, NaN],
    [4, 0.5],
    [5, 0.5],
    [6, 0.5],
  ]);
  expect(seen[3]).toEqual({ step: 4, curve: 0.25, value: 0.5, norm: 50, threshold: 7, clipRate: 0.25 });
  expect(result).toMatchObject({ ending: 'stopped', steps: 6 });
  expect(result.history.norm).toHaveLength(6);
});

test('a stop at the last step comes too late', async () => {
  const result = await train(job('fixed-7', 5), undefined, ({ step }) => step < 5);
  expect(result.ending).toBe('finished');
});

test('skipped steps count as skipped, and lost weights end the training as failed', () => {
  const clipper = createClipper(warmup(1, { steps: 2, until: { skip: 'looking' } }));
  const recorder = createRecorder(job('x', 9), clipper, go);
  const step = (norm: number, lost: boolean): boolean => {
    clipBuffers(gradient(norm), clipper);
    return recorder.step({ curve: 1, lost });
  };
  expect([step(3, false), step(3, false), step(3, false), step(3, true)]).toEqual([true, true, true, false]);
  const { history, ...result } = recorder.result(NaN);
  expect([...history.action]).toEqual([did.skip, did.skip, did.clip, did.clip]);
  expect(result).toMatchObject({ ending: 'failed', steps: 4, skipped: 2 });
  expect(result).not.toHaveProperty('clipperShare');
});

test('a clipper that halts ends the training as failed, with its alerts', () => {
  const clipper = createClipper(1, { nonFiniteBudget: 2 });
  const recorder = createRecorder(job('x', 9), clipper, go);
  const step = (): boolean => {
    clipBuffers(gradient(NaN), clipper);
    return recorder.step({ curve: NaN });
  };
  expect([step(), step()]).toEqual([true, false]);
  const result = recorder.result(NaN);
  expect(result).toMatchObject({ ending: 'failed', steps: 2, largestNorm: Infinity });
  expect(result.alerts.map(({ code }) => code)).toContain('HALTED');
});

test('with several keys there is no threshold to draw', () => {
  const clipper = createClipper(1, { scope: 'tensor' });
  const recorder = createRecorder(job('x', 1), clipper, go);
  clipBuffers({ a: Float32Array.of(3), b: Float32Array.of(4) }, clipper);
  recorder.step({ curve: 1 });
  const { history } = recorder.result(1);
  expect([history.norm[0], history.threshold[0], history.action[0]]).toEqual([5, NaN, did.clip]);
});
