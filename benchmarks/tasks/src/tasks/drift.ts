import { groupsOf, seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';
import { createRegression } from './regression.ts';

const PHASE = 1500;
const RAMP = 1000;
const MEASURED = 500;
const settings = ['down', 'up', 'ramp down', 'ramp up'];

/**
 * B: the regression of task A with a scale that moves inside the run. Steps: three phases with a new target each, the scale
 * changing by 100 times between them. Ramps: one target, the scale moving by 100 times over 1,000 steps.
 */
export const drift: Task = {
  name: 'B',
  title: 'B: the scale moves inside the run',
  measured:
    'relative error of the weights over the last 500 steps of a phase, the worst phase, median of the seeds; steps and ramps of 100 times',
  settings,
  seeds: (set) => (set === 'design' ? seedsFrom(1, 12) : seedsFrom(101, 15)),
  cell: 'median',
  better: 'lower',
  shown: { times: 1, digits: 3 },
  axis: { scale: 'log', from: 0.02, to: 4, ticks: [0.03, 0.1, 0.3, 1, 3] },
  groups: groupsOf(settings),
  targets: [{ kind: 'at most', says: 'at most 0.09 up and down, steps and ramps', settings, limit: 0.09 }],
  cost: 0.15,
  load: async () => (setting, seed, startClipping) => {
    const regression = createRegression(seed);
    const schedule = schedules[setting]!;
    const clipping = startClipping(schedule.steps);
    let total = 0;
    let worst = 0;
    for (let step = 0; step < schedule.steps; step++) {
      const scale = schedule.scale(step);
      if (schedule.restarts.includes(step)) regression.restart();
      regression.gradient(scale);
      if (clipping.clip({ w: regression.gradients }, { w: regression.weights })) regression.descend();
      const left = schedule.ends.find((end) => end > step)! - step;
      if (left > MEASURED) continue;
      total += regression.error(scale);
      if (left > 1) continue;
      worst = Math.max(worst, total / MEASURED); // NaN stays NaN
      total = 0;
    }
    return clipping.outcome(worst);
  },
};

interface Schedule {
  readonly steps: number;
  /** Steps with a new target. */
  readonly restarts: readonly number[];
  /** The error is measured before each. */
  readonly ends: readonly number[];
  scale(step: number): number;
}

const jumps = (scalesInOrder: readonly number[]): Schedule => ({
  steps: 3 * PHASE,
  restarts: [PHASE, 2 * PHASE],
  ends: [PHASE, 2 * PHASE, 3 * PHASE],
  scale: (step) => scalesInOrder[Math.floor(step / PHASE)]!,
});

const ramp = (from: number, to: number): Schedule => ({
  steps: 2 * PHASE + RAMP,
  restarts: [],
  ends: [PHASE, 2 * PHASE + RAMP],
  scale: (step) => from * (to / from) ** Math.min(1, Math.max(0, (step - PHASE) / RAMP)),
});

const schedules: Readonly<Record<string, Schedule>> = {
  down: jumps([100, 1, 0.01]),
  up: jumps([0.01, 1, 100]),
  'ramp down': ramp(10, 0.1),
  'ramp up': ramp(0.1, 10),
};
