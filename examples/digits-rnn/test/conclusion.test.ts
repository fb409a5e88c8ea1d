import { madeUp, summarise } from '@gradclip/example-compare/testing';
import type { RunResult } from '@gradclip/example-compare/worker';
import { expect, test } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { task } from '../src/task.ts';

const adaptive = ['moving-average', 'percentile-10', 'percentile-50'];
const failure = madeUp('none', { ending: 'failed', steps: 12, value: 0.1 });
const say = (...results: RunResult[]) => conclude(summarise(task.metric, task.runs, results));

test('the sentences speak of what there is', () => {
  const { shows, doesNotShow } = say(
    failure,
    madeUp('fixed-1', { value: 0.8 }),
    madeUp('fixed-3', { value: 0.896 }),
    madeUp('auto', { value: 0.9 }),
    ...adaptive.map((name, i) => madeUp(name, { value: 0.89 + i / 100 })),
  );
  expect(shows).toBe(
    'With 8 damaged images among 8,000 (0.1 %), training without clipping failed; the constant thresholds 1 and 3 reached ' +
      '80.0 and 89.6 %; auto, which is given no number at all, reached 90.0 %; policies that follow the norms they have seen reached 89.0 to 91.0 % without being given a threshold.',
  );
  expect(doesNotShow).toContain('(3, picked after the fact, reached 89.6 %)');
});

test('the sentences say so when there is nothing, and leave out what was cut and what is clean', () => {
  expect(say().shows).toContain('nothing to compare');
  expect(say(madeUp('fixed-1', { ending: 'stopped' }), madeUp('fixed-1-clean')).shows).toContain('nothing to compare');
  expect(say(madeUp('none')).shows).toBe(
    'With 8 damaged images among 8,000 (0.1 %), training without clipping reached 87.5 %.',
  );
});
