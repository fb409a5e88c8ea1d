import { seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';

/** The main example, `examples/digits-rnn`, at three learning rates; its rules look at ten gradients before the first update. */
export const digits: Task = {
  name: 'digits',
  title: 'Digits: recurrent network on handwritten digits, 8 of 8,000 images damaged',
  measured: 'accuracy on 2,000 test images in %, median of the seeds, at multiples of the learning rate of the example',
  settings: ['rate x0.3', 'rate x1', 'rate x3', 'clean, rate x1'],
  seeds: (set) => (set === 'design' ? seedsFrom(1, 4) : seedsFrom(101, 8)),
  cell: 'median',
  better: 'higher',
  shown: { times: 100, digits: 1, unit: '%' },
  calibration: 10,
  // Loaded when it is trained: it needs the example's build and 41 MB of images.
  load: async () => (await import('./digits.ts')).loadTraining(),
};
