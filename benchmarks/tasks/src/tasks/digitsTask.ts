import { groupsOf, seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';

const rates = ['rate x0.3', 'rate x1', 'rate x3'];
const clean = 'clean, rate x1';

/** The main example, `examples/digits-rnn`, at three learning rates; its rules look at ten gradients before the first update. */
export const digits: Task = {
  name: 'digits',
  title: 'Digits: recurrent network on handwritten digits, 8 of 8,000 images damaged',
  measured: 'accuracy on 2,000 test images in %, median of the seeds, at multiples of the learning rate of the example',
  settings: [...rates, clean],
  seeds: (set) => (set === 'design' ? seedsFrom(1, 8) : seedsFrom(101, 8)),
  cell: 'median',
  better: 'higher',
  shown: { times: 100, digits: 1, unit: '%' },
  axis: { scale: 'near 1', from: 0.1, to: 0.96, ticks: [0.9, 0.5, 0.95, 0.8, 0.2] },
  groups: groupsOf([...rates, clean]),
  targets: [
    {
      kind: 'near',
      says: 'within one point of the best percentile at all three rates',
      settings: rates,
      policies: ['percentile-10', 'percentile-50', 'percentile-90', 'percentile-50-last-200'],
      limit: 0.01,
    },
    { kind: 'no loss', says: 'nothing lost on undamaged images', settings: [clean] },
  ],
  cost: 7,
  calibration: 10,
  // Loaded when it is trained: it needs the example's build and 41 MB of images.
  load: async () => (await import('./digits.ts')).loadTraining(),
};
