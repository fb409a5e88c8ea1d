import { madeUp, summarise } from '@gradclip/example-compare/testing';
import type { RunResult } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { task } from '../src/task.ts';

const say = (...results: RunResult[]) => conclude(summarise(task.metric, task.runs, results));

test('the sentences speak of what there is', () => {
  const { shows, doesNotShow } = say(
    madeUp('none', { value: 9 }),
    madeUp('fixed-0.1', { value: 180 }),
    madeUp('fixed-1', { value: 499.6 }),
    madeUp('decaying', { value: 480 }),
    madeUp('percentile-10', { value: 450 }),
    madeUp('percentile-50', { value: 490 }),
    madeUp('none-slow', { value: 499 }),
    madeUp('none-adam', { value: 500 }),
  );
  expect(shows).toBe(
    'With SGD at rate 0.5, of 500 moves: training without clipping reached 9, and failed; the constant thresholds ' +
      '0.1 and 1 reached 180 and 500; the threshold decaying 10 to 0.1 reached 480; without being given a threshold, ' +
      'percentile 10 and percentile 50 reached 450 and 490.',
  );
  expect(doesNotShow).toContain(
    '(without it, training reached 499 with SGD at rate 0.05 and 500 with Adam at rate 0.03)',
  );
});

test('the sentences count failures, and say when there is nothing; what was cut is left out', () => {
  const [one, two] = [1, 2].map((seed) => ({ run: 'none', seed, steps: 40 }));
  const { shows } = say(madeUp('none', { job: one!, value: 9 }), madeUp('none', { job: two!, value: 401 }));
  expect(shows).toBe(
    'With SGD at rate 0.5, of 500 moves: training without clipping reached 205, and failed for 1 of 2 seeds.',
  );
  expect(say().shows).toContain('nothing to compare');
  expect(say(madeUp('none', { ending: 'stopped' }), madeUp('none-slow')).shows).toContain('nothing to compare');
});
