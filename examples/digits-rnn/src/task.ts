import type { Task } from '@gradclip/example-compare';
import { conclude } from './conclusion.ts';
import { loadDigits } from './data.ts';
import { method } from './method.ts';
import { runs } from './runs.ts';
import { batchSize, damagedImages, failedBelow } from './setting.ts';

const damage = `${damagedImages} of the 8,000 training images are damaged on purpose`;

export const task: Task = {
  name: 'digits-rnn',
  command: 'npm start --',
  title: 'One training, several clipping policies',
  description:
    'Trains one small recurrent network on handwritten digits under several gradient clipping policies, from the same ' +
    `start and on the same batches, and compares what becomes of it. ${damage}.`,
  subject: 'one small recurrent network on handwritten digits',
  note: `${damage}: their pixels are 255 times too large.`,
  seedOf: 'weights, order of images and damage',
  steps: 800,
  report: 'report.html',
  metric: {
    name: 'accuracy',
    on: 'on 2,000 test images',
    better: 'higher',
    unit: '%',
    digits: 1,
    range: [0, 1],
    reference: { value: 0.1, label: 'guessing' },
    failsBeyond: failedBelow,
  },
  curve: {
    name: 'loss',
    axis: 'cross entropy',
    caption:
      'Training loss, each point the median of the steps around it, so that the damaged batches do not hide the rest.',
    range: [0.9, 2.4],
  },
  mark: 'batch with a damaged image',
  runs,
  worker: new URL('./worker.js', import.meta.url),
  setup: loadDigits,
  facts: { batchSize, damagedImages },
  method,
  conclude,
};
