import type { Outcome, SeedSet, Task } from './task.ts';

/** One run: a policy in a setting of a task, from one seed. */
export interface Job {
  readonly task: string;
  readonly policy: string;
  readonly setting: string;
  readonly seed: number;
}

/** A job that has been done. */
export interface Result extends Job, Outcome {
  readonly seconds: number;
}

export interface Selection {
  readonly tasks: readonly Task[];
  readonly policies: readonly string[];
  readonly sets: readonly SeedSet[];
  /** Whether a setting is wanted. */
  readonly wants: (setting: string) => boolean;
  /** At most so many seeds of each set; Infinity: all. */
  readonly limit: number;
}

/** What tells two jobs apart, as a line of text. */
export function keyOf({ task, policy, setting, seed }: Job): string {
  return [task, policy, setting, seed].join(' | ');
}

/** The seeds of a selection in one setting. */
export function seedsOf(task: Task, setting: string, set: SeedSet, limit: number): readonly number[] {
  return task.seeds(set, setting).slice(0, limit);
}

/**
 * Every job of a selection once, and the runs that its results are compared with. All tasks and policies come with the
 * first seed of each set, then with the second: whatever is interrupted has compared all of them.
 */
export function plan({ tasks, policies, sets, wants, limit }: Selection): readonly Job[] {
  const jobs = new Map<string, Job>();
  const add = (job: Job): unknown => jobs.set(keyOf(job), job);
  for (let round = 0, before = -1; jobs.size > before; round++) {
    before = jobs.size;
    for (const task of tasks) {
      for (const set of sets) {
        for (const setting of task.settings.filter(wants)) {
          const seed = seedsOf(task, setting, set, limit)[round];
          if (seed === undefined) continue;
          if (task.reference) add({ task: task.name, ...task.reference, seed });
          for (const policy of policies) add({ task: task.name, policy, setting, seed });
        }
      }
    }
  }
  return [...jobs.values()];
}
