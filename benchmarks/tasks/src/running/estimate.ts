import { keyOf } from '../job.ts';
import type { Job, Result } from '../job.ts';
import { mean } from '../numerics/statistics.ts';
import { findTask } from '../tasks.ts';

/** How much of the work is done, where runs differ a hundred times in length. All times in seconds. */
export interface Estimate {
  started(job: Job, now: number): void;
  done(job: Job, now: number): void;
  /** Until the last job is done. */
  left(now: number): number;
  /** Share of the work that is done, 0 to 1. */
  share(now: number): number;
}

/** Seconds of work, expected and taken alike, before the first job: a few short ones say little about long ones. */
const EVIDENCE = 20;

/**
 * Jobs of one setting are taken to last equally long. What is expected at first is the mean processor time of those that a
 * file knows, or the cost of the task, corrected by how that was wrong in this run so far; it then counts as one run
 * among those that were done. The first run of a thread is longer, since it loads the task.
 */
export function createEstimate(jobs: readonly Job[], known: Iterable<Result>, threads: number): Estimate {
  const before = meansBefore(known);
  const waiting = new Map<string, number>();
  for (const job of jobs) waiting.set(groupOf(job), (waiting.get(groupOf(job)) ?? 0) + 1);
  const measured = new Map<string, { readonly count: number; readonly sum: number }>();
  const running = new Map<string, { readonly group: string; readonly since: number }>();
  let expectedBefore = 0;
  let taken = 0; // by what is done

  const prior = (group: string): number =>
    before.get(group) ?? before.get(taskOf(group)) ?? findTask(taskOf(group)).cost;
  const expected = (group: string): number => {
    const { count, sum } = measured.get(group) ?? { count: 0, sum: 0 };
    const first = (prior(group) * (taken + EVIDENCE)) / (expectedBefore + EVIDENCE);
    return (first + sum) / (1 + count);
  };
  const remaining = (now: number): { readonly sum: number; readonly longest: number } => {
    const rest = [...running.values()].map(({ group, since }) => Math.max(0, expected(group) - (now - since)));
    let sum = rest.reduce((all, each) => all + each, 0);
    let longest = Math.max(0, ...rest);
    for (const [group, count] of waiting) {
      if (count === 0) continue;
      sum += count * expected(group);
      longest = Math.max(longest, expected(group));
    }
    return { sum, longest };
  };

  return {
    started(job, now) {
      const group = groupOf(job);
      waiting.set(group, waiting.get(group)! - 1);
      running.set(keyOf(job), { group, since: now });
    },
    done(job, now) {
      const { group, since } = running.get(keyOf(job))!;
      running.delete(keyOf(job));
      const { count, sum } = measured.get(group) ?? { count: 0, sum: 0 };
      measured.set(group, { count: count + 1, sum: sum + now - since });
      expectedBefore += prior(group);
      taken += now - since;
    },
    left(now) {
      const { sum, longest } = remaining(now);
      return Math.max(sum / threads, longest);
    },
    share(now) {
      const { sum } = remaining(now);
      const under = [...running.values()].reduce((all, { since }) => all + now - since, taken);
      return under + sum > 0 ? under / (under + sum) : 1;
    },
  };
}

/** Mean processor time by setting and by task. */
function meansBefore(known: Iterable<Result>): ReadonlyMap<string, number> {
  const times = new Map<string, number[]>();
  for (const result of known) {
    for (const group of [groupOf(result), result.task]) {
      const list = times.get(group);
      if (list) list.push(result.seconds);
      else times.set(group, [result.seconds]);
    }
  }
  return new Map([...times].map(([group, list]) => [group, mean(list)]));
}

function groupOf({ task, setting }: Job): string {
  return `${task} | ${setting}`;
}

function taskOf(group: string): string {
  return group.slice(0, group.indexOf(' | '));
}
