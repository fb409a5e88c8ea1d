import { groupsOf, seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';

const settings = ['rate 1', 'rate 4', 'rate 16'];

/** A character model on real text, at learning rates from comfortable to too large. */
export const text: Task = {
  name: 'text',
  title: 'Text: character model of Moby Dick under plain SGD',
  measured: 'cross entropy of 20,000 letters from the last chapters, in nats, median of the seeds; 800 steps',
  settings,
  seeds: (set) => (set === 'design' ? seedsFrom(1, 4) : seedsFrom(101, 5)),
  cell: 'median',
  better: 'lower',
  shown: { times: 1, digits: 3 },
  axis: { scale: 'linear', from: 1.8, to: 3.8, ticks: [2, 3, 2.5, 3.5] },
  groups: groupsOf(settings),
  targets: [{ kind: 'no loss', says: 'nothing lost at rate 1, where no clipping is needed', settings: ['rate 1'] }],
  cost: 10,
  // Loaded when it is trained: it reads the whole book.
  load: async () => (await import('./text.ts')).loadTraining(),
};
