import type { Task } from '@gradclip/example-compare';
import { conclude } from './conclusion.ts';
import { method } from './method.ts';
import { runs } from './runs.ts';
import { batchSize, lettersAlone, sequenceLength, units } from './setting.ts';
import { loadText } from './text.ts';

export const task: Task = {
  name: 'char-lstm',
  title: 'An LSTM on Moby Dick, several clipping policies',
  description:
    'Trains one LSTM to tell the next letter of Moby Dick, with model.fit of TensorFlow.js, under several gradient ' +
    'clipping policies and at two learning rates, from the same start and on the same batches, and compares what ' +
    'becomes of it.',
  subject: 'one LSTM on the letters of Moby Dick',
  note: 'Fewer bits are better.',
  seedOf: 'weights and order of the text',
  steps: 250,
  metric: {
    name: 'bits',
    on: 'per letter of held-out text',
    better: 'lower',
    digits: 2,
    reference: { value: lettersAlone, label: 'frequencies of letters' },
    failsBeyond: lettersAlone,
  },
  curve: {
    name: 'loss',
    axis: 'cross entropy',
    caption: 'Training loss in nats per letter, each point the median of the steps around it.',
    range: [1.9, 4],
  },
  runs,
  worker: new URL('./worker.js', import.meta.url),
  setup: loadText,
  facts: { batchSize, sequenceLength, units },
  method,
  conclude,
};
