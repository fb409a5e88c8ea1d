import type { RunResult } from '../src/result.ts';
import type { Run } from '../src/run.ts';
import type { Metric, Task } from '../src/task.ts';
import { madeUp } from '../src/testing/index.ts';

const group = 'with damage';
const constant = (threshold: number): Run => ({
  name: `fixed-${threshold}`,
  title: `fixed ${threshold}`,
  kind: 'constant',
  group,
});
const clean = (name: string, titleInGroup: string, kind: Run['kind']): Run => ({
  name: `${name}-clean`,
  title: `${titleInGroup}, clean`,
  titleInGroup,
  kind,
  group: 'clean',
});

const runs: readonly Run[] = [
  { name: 'none', title: 'none', kind: 'none', group },
  ...[0.1, 1, 3].map(constant),
  { name: 'decaying', title: 'decaying 10 to 0.1', kind: 'schedule', group },
  { name: 'moving-average', title: 'moving average x1.5', kind: 'adaptive', group },
  { name: 'percentile-10', title: 'percentile 10', kind: 'adaptive', group },
  clean('none', 'none', 'none'),
  clean('percentile-10', 'percentile 10', 'adaptive'),
];

/** A task whose training is made up: `accuracy` from 0 to 1, and failed below 0.2. */
export const task: Task = {
  name: 'trial',
  title: 'One trial, several policies',
  description: 'Trains nothing at all.',
  subject: 'nothing at all',
  note: 'Some of it is damaged.',
  seedOf: 'everything',
  steps: 800,
  metric: {
    name: 'accuracy',
    on: 'on 2,000 images',
    better: 'higher',
    unit: '%',
    digits: 1,
    range: [0, 1],
    reference: { value: 0.1, label: 'guessing' },
    failsBeyond: 0.2,
  },
  curve: { name: 'loss', axis: 'cross entropy', caption: 'The loss.', range: [0.9, 2.4] },
  mark: 'damaged batch',
  runs,
  worker: new URL('data:text/javascript,'),
  setup: () => 'what is shared',
  facts: { batchSize: 32 },
  method: [['Data', 'None & nothing']],
  conclude: (summaries) => ({ shows: `Shows ${summaries.length} runs.`, doesNotShow: 'Does not show more.' }),
};

/** A metric that is better the lower it is, and has neither unit nor limits. */
export const perplexity: Metric = {
  name: 'perplexity',
  on: 'on the last tenth of the text',
  better: 'lower',
  digits: 2,
  failsBeyond: 20,
};

/** The same task in other words: episodes, a perplexity, no groups, no marks. */
export const otherTask: Task = {
  name: 'other',
  title: 'Another',
  description: task.description,
  subject: task.subject,
  seedOf: task.seedOf,
  unit: 'episode',
  steps: 40,
  metric: perplexity,
  curve: { name: 'return', axis: 'return', caption: 'The return.', scale: 'linear', range: [-1, 1] },
  runs: runs.slice(0, 7).map(({ group: _, ...run }) => run),
  worker: task.worker,
  method: task.method,
  conclude: task.conclude,
};

/** A run that lost its weights at step 12. */
export const failure: RunResult = madeUp('none', { ending: 'failed', steps: 12, value: 0.1, largestNorm: Infinity });
