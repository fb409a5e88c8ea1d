import type { History } from './history.ts';

/** One line of the comparison. Tasks add what their training needs, such as a factory of the clipper. */
export interface Run {
  /** What `--policies` calls it. */
  readonly name: string;
  /** What people read, at most 20 characters. No two runs of a task have the same. */
  readonly title: string;
  /** What the rule needs to know beforehand. Gives the run its colour. */
  readonly kind: 'none' | 'constant' | 'schedule' | 'adaptive';
  /** Heading that runs share in tables: a variant of the data or of the optimizer. Give it to all runs, or to none. */
  readonly group?: string;
  /** The title below that heading. Runs in different groups that share it share their colour. Default `title`. */
  readonly titleInGroup?: string;
  /** Words below the picture of its norms: `explainer(policy)`, where it is worth reading what the policy says of its last step. */
  explain?(history: History): string;
}

/** The title below the heading of its group. */
export function titleInGroup({ title, titleInGroup: short = title }: Run): string {
  return short;
}

/** @throws Error when there is none of that name */
export function findRun<R extends Run>(runs: readonly R[], name: string): R {
  const run = runs.find((candidate) => candidate.name === name);
  if (!run) throw new Error(`There is no run '${name}'; the runs are ${runs.map((each) => each.name).join(', ')}.`);
  return run;
}
