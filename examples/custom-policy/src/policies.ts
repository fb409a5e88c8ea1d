import { definePolicy, fromOperator } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { map, scan } from 'rxjs';

/** As a reducer: twice the running mean of the norms so far, where a norm counts as what was left of it. */
export const twiceTheMean: ClipPolicy<{ count: number; mean: number }> = definePolicy({
  name: 'twice-the-mean',
  init: () => ({ count: 0, mean: 0 }),
  decide({ count, mean }, { norm }) {
    const threshold = mean > 0 ? 2 * mean : Infinity;
    const kept = Math.min(norm, threshold);
    return [threshold, { count: count + 1, mean: mean + (kept - mean) / (count + 1) }];
  },
  forecast: ({ mean }) => (mean > 0 ? 2 * mean : Infinity),
  explain: ({ count, mean }) => `twice ${mean.toPrecision(3)}, the mean of ${count} norms`,
});

/** As an RxJS chain: 1.5 times the median of the five norms before this one. */
export const medianOfFive: ClipPolicy = fromOperator(
  'median-of-five',
  (norms$) =>
    norms$.pipe(
      scan((last: readonly number[], { norm }) => [norm, ...last].slice(0, 6), []),
      map(([, ...before]) => 1.5 * median(before) || Infinity),
    ),
  { replay: 6 },
);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
