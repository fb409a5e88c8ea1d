import { seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';
import { createRegression } from './regression.ts';

const STEPS = 3000;
const MEASURED = 500;
const settings = ['1e-4', '1e-2', '1', '1e2', '1e4'];

/** A: the same heavy-tailed regression at scales from 1e-4 to 1e4. A rule that needs no scale gives the same error at all. */
export const scales: Task = {
  name: 'A',
  title: 'A: heavy-tailed regression at five scales',
  measured: 'relative error of the weights, mean of the last 500 of 3,000 steps, median of the seeds',
  settings,
  seeds: (set) => (set === 'design' ? seedsFrom(1, 12) : seedsFrom(101, 15)),
  cell: 'median',
  better: 'lower',
  shown: { times: 1, digits: 3 },
  axis: { scale: 'log', from: 0.02, to: 1.5, ticks: [0.03, 0.1, 0.3, 1] },
  groups: [{ name: 'worst scale', settings }],
  targets: [{ kind: 'at most', says: 'at most 0.09 at every scale', settings, limit: 0.09 }],
  cost: 0.1,
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
