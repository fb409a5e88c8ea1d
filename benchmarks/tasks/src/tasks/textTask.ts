import { seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';

/** A character model on real text, at learning rates from comfortable to too large. */
export const text: Task = {
  name: 'text',
  title: 'Text: character model of Moby Dick under plain SGD',
  measured: 'cross entropy of 20,000 letters from the last chapters, in nats, median of the seeds; 800 steps',
  settings: ['rate 1', 'rate 4', 'rate 16'],
  seeds: (set) => (set === 'design' ? seedsFrom(1, 3) : seedsFrom(101, 5)),
  cell: 'median',
  better: 'lower',
  shown: { times: 1, digits: 3 },
  // Loaded when it is trained: it reads the whole book.
  load: async () => (await import('./text.ts')).loadTraining(),
};
