import { madeUp, summarise } from '@gradclip/example-compare/testing';
import type { RunResult } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { task } from '../src/task.ts';

const say = (...results: RunResult[]) => conclude(summarise(task.metric, task.runs, results));

test('the sentences speak of what there is', () => {
  const { shows, doesNotShow } = say(
    madeUp('none', { value: 4.4 }),
    madeUp('fixed-0.25', { value: 3.07 }),
    madeUp('percentile-10', { value: 3.08 }),
    madeUp('percentile-10-at-40', { value: 3.09 }),
    madeUp('none-at-10', { value: 3.19 }),
  );
  expect(shows).toBe(
    'Training ended with these bits per letter: at a learning rate of 20, 4.40 without clipping (failed), 3.07 with fixed 0.25 ' +
      'and 3.08 with percentile 10; at 40, 3.09 with percentile 10; at 10, 3.19 without clipping.',
  );
  expect(doesNotShow).toContain('without at half the rate (3.19)');
});

test('with several seeds they say how many failed', () => {
  const seeds = [1, 2].map((seed) =>
    madeUp('none', { value: seed === 1 ? 4.4 : 3.5, job: { run: 'none', seed, steps: 40 } }),
  );
  expect(say(...seeds).shows).toContain('3.95 without clipping (failed for 1 of 2 seeds)');
});

test('they say so when there is nothing, and leave out what was cut', () => {
  expect(say().shows).toContain('nothing to compare');
  expect(say(madeUp('fixed-1', { ending: 'stopped', value: 3 })).shows).toContain('nothing to compare');
  expect(say().doesNotShow).not.toContain('half the rate');
});
