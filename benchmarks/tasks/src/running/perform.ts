import { createClipper, warmup } from '@gradclip/core';
import type { Clipper } from '@gradclip/core';
import { Clipping } from '../clipping.ts';
import type { Candidate } from '../candidate.ts';
import type { Job, Result } from '../job.ts';
import { candidate } from '../policies.ts';
import type { Task, Training } from '../task.ts';
import { findTask } from '../tasks.ts';

/** A function that does jobs, and keeps what a task has loaded. */
export function createPerformer(): (job: Job) => Promise<Result> {
  const trainings = new Map<string, Promise<Training>>();
  return async ({ task: name, policy, setting, seed }) => {
    const task = findTask(name);
    const loading = trainings.get(name) ?? task.load();
    trainings.set(name, loading);
    const train = await loading;
    const began = process.cpuUsage();
    const outcome = train(setting, seed, (steps) => new Clipping(clipperOf(candidate(policy), task, steps)));
    const { user, system } = process.cpuUsage(began);
    return { task: name, policy, setting, seed, ...outcome, seconds: (user + system) / 1e6 };
  };
}

function clipperOf({ kind, make }: Candidate, { calibration = 0 }: Task, steps: number): Clipper {
  // As a training loop without a clipper would: infinite gradients, too.
  if (kind === 'none') return createClipper(make(steps), { onNonFinite: 'pass' });
  if (kind !== 'adaptive' || calibration === 0) return createClipper(make(steps));
  return createClipper(warmup(make(steps), { steps: calibration, until: { skip: 'calibrating' } }));
}
