import type { Average } from './average.ts';

/** `first` holds the numbers that the start is made of; `mean` is null until then. */
export type ExponentialMeanState = { first: number[]; mean: number | null };

/** `mean = decay * mean + (1 - decay) * number`, from the median of the first `start` numbers (at least one). */
export function exponentialMean(decay: number, start: number): Average<ExponentialMeanState> {
  const next = (mean: number, number: number) => decay * mean + (1 - decay) * number;
  return {
    init: () => ({ first: [], mean: null }),
    value: ({ mean }) => mean ?? 0,
    valueWith: ({ first, mean }, number) => (mean === null ? median([...first, number]) : next(mean, number)),
    record(state, number) {
      if (state.mean !== null) {
        state.mean = next(state.mean, number);
        return;
      }
      state.first.push(number);
      if (state.first.length < start) return;
      state.mean = median(state.first);
      state.first = [];
    },
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >>> 1]!;
  const high = sorted[sorted.length >>> 1]!;
  return low + (high - low) / 2;
}
