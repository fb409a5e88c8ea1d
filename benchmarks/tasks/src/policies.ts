import { auto, decaying, fixed, movingAverage, percentile } from '@gradclip/policies';
import { adaptive, constant } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { publishedCandidates } from './published.ts';

/** Every policy that is compared, in the order of the tables: to try one more, add a line. */
export const candidates: readonly Candidate[] = [
  { name: 'none', kind: 'none', make: () => Infinity },
  ...[0.01, 0.1, 1, 10, 100].map((threshold) => ({
    ...constant(`fixed-${threshold}`, () => fixed(threshold)),
    threshold,
  })),
  {
    name: 'decaying-10-0.1',
    kind: 'schedule',
    make: (steps) => decaying({ from: 10, to: 0.1, steps, schedule: 'exponential' }),
  },
  adaptive('auto', () => auto()),
  adaptive('moving-average', () => movingAverage()),
  adaptive('moving-average-1.5', () => movingAverage({ multiple: 1.5 })),
  ...[10, 50, 90].map((p) => adaptive(`percentile-${p}`, () => percentile({ p, window: Infinity }))),
  adaptive('percentile-10-last-1000', () => percentile({ p: 10 })),
  adaptive('percentile-50-last-200', () => percentile({ p: 50, window: 200 })),
  ...publishedCandidates,
];

/** @throws Error when there is none of that name */
export function candidate(name: string): Candidate {
  const found = candidates.find((each) => each.name === name);
  if (found) return found;
  throw new Error(`There is no policy '${name}'. There are ${candidates.map((each) => each.name).join(', ')}.`);
}
