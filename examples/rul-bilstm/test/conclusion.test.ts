import { madeUp, summarise } from '@gradclip/example-compare/testing';
import type { RunResult } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { task } from '../src/task.ts';

const say = (...results: RunResult[]): string => conclude(summarise(task.metric, task.runs, results)).shows;

test('the sentences speak of what there is', () => {
  expect(
    say(
      madeUp('none', { value: 26.1 }),
      madeUp('fixed-1', { value: 8.15, clipRate: 1 }),
      madeUp('average', { value: 8.2 }),
      madeUp('percentile-50', { value: 8.4 }),
      madeUp('none-shares', { value: NaN, ending: 'failed' }),
      madeUp('percentile-50-clean', { value: 8.1 }),
    ),
  ).toBe(
    'Loss in cycles squared: RMSE 26.1 without clipping, 8.2 with max norm 1 (clipping 100 % of the steps) and 8.2 to 8.4 ' +
      'with adaptive clipping. The same loss in shares of 125 cycles: RMSE lost without clipping. No life unknown: RMSE 8.1 ' +
      'with adaptive clipping.',
  );
});

test('they say so when there is nothing, and leave out what was cut', () => {
  expect(say()).toContain('nothing to compare');
  expect(say(madeUp('fixed-1', { ending: 'stopped' }))).toContain('nothing to compare');
});
