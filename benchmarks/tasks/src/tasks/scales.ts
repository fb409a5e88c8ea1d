import { seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';
import { createRegression } from './regression.ts';

const STEPS = 3000;
const MEASURED = 500;

/** A: the same heavy-tailed regression at scales from 1e-4 to 1e4. A rule that needs no scale gives the same error at all. */
export const scales: Task = {
  name: 'A',
  title: 'A: heavy-tailed regression at five scales',
  measured: 'relative error of the weights, mean of the last 500 of 3,000 steps, median of the seeds',
  settings: ['1e-4', '1e-2', '1', '1e2', '1e4'],
  seeds: (set) => (set === 'design' ? seedsFrom(1, 5) : seedsFrom(101, 15)),
  cell: 'median',
  better: 'lower',
  shown: { times: 1, digits: 3 },
  load: async () => (setting, seed, startClipping) => {
    const scale = Number(setting);
    const regression = createRegression(seed);
    const clipping = startClipping(STEPS);
    let total = 0;
    for (let step = 0; step < STEPS; step++) {
      regression.gradient(scale);
      if (clipping.clip({ w: regression.gradients }, { w: regression.weights })) regression.descend();
      if (step >= STEPS - MEASURED) total += regression.error(scale);
    }
    return clipping.outcome(total / MEASURED);
  },
};
