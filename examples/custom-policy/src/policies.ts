import { assertOption, assertOptions, definePlugin, definePolicy, fromOperator } from '@gradclip/core';
import type { ClipPolicy, Plugin } from '@gradclip/core';
import { map, scan } from 'rxjs';

export type TimesTheMeanOptions = {
  /** The threshold in means, > 0. Default 2. */
  readonly multiple?: number;
};

/** As a reducer: a multiple of the running mean of the norms so far, where a norm counts as what was left of it. */
export function timesTheMean(options: TimesTheMeanOptions = {}): ClipPolicy<{ count: number; mean: number }> {
  assertOptions('timesTheMean', options, ['multiple']);
  const { multiple = 2 } = options;
  assertOption('timesTheMean', 'multiple', multiple, multiple > 0 && multiple < Infinity, 'a finite number > 0');
  const thresholdOf = (mean: number): number => (mean > 0 ? multiple * mean : Infinity);
  return definePolicy({
    name: 'timesTheMean',
    options: { multiple },
    init: () => ({ count: 0, mean: 0 }),
    decide({ count, mean }, { norm }) {
      const threshold = thresholdOf(mean);
      const kept = Math.min(norm, threshold);
      return [threshold, { count: count + 1, mean: mean + (kept - mean) / (count + 1) }];
    },
    forecast: ({ mean }) => thresholdOf(mean),
    explain: ({ count, mean }) => `${multiple} times ${mean.toPrecision(3)}, the mean of ${count} norms`,
  });
}

/** What a package of this policy would export, for registries. */
export const plugin: Plugin = definePlugin({
  meta: { name: 'clip-policy-mean', version: '1.0.0', apiVersion: 1 },
  policies: { timesTheMean: { create: timesTheMean } },
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
