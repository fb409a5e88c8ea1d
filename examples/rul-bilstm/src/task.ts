import type { Task } from '@gradclip/example-compare';
import { conclude } from './conclusion.ts';
import { method } from './method.ts';
import { runs } from './runs.ts';
import {
  batchSize,
  failedBeyond,
  guessing,
  testMachines,
  trainingMachines,
  unknownLife,
  unknownWindows,
} from './setting.ts';

export const task: Task = {
  name: 'rul-bilstm',
  title: 'Remaining life of machines: max norm 1 against adaptive clipping',
  description:
    'Trains a bidirectional LSTM with attention to tell the remaining useful life of machines from generated sensor ' +
    'readings, under several gradient clipping policies, from the same start and on the same batches, and compares what ' +
    'becomes of it. AdamW by hand with warm-up and cosine, on the WebAssembly backend of TensorFlow.js.',
  subject: 'one bidirectional LSTM on generated runs of machines',
  note: `The remaining life of ${unknownWindows} training windows, 1 in 1,000, is unknown: their records say ${unknownLife} cycles.`,
  seedOf: 'machines, faults, weights and order of windows',
  steps: 150,
  metric: {
    name: 'RMSE',
    on: `in cycles, on ${testMachines} test machines`,
    better: 'lower',
    digits: 1,
    reference: { value: guessing, label: 'guessing' },
    failsBeyond: failedBeyond,
  },
  curve: {
    name: 'loss',
    axis: 'squared error, cycles²',
    caption:
      'Training loss, each point the median of the steps around it, so that batches with an unknown life do not hide the rest.',
    range: [40, 2000],
  },
  mark: 'batch with an unknown life',
  runs,
  worker: new URL('./worker.js', import.meta.url),
  facts: { batchSize, trainingMachines, testMachines, unknownWindows },
  method,
  conclude,
};
