import { root } from './root.ts';

/** Of `count` numbers the mean, and the root of the sum of their squared distances from it. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly spread: number;
}

/**
 * The window as two stacks, as in slidingMean: numbers arrive in `back`, whose moments are kept, and leave from the front,
 * which holds the moments of what is still in the window. Entry i is of the first i + 1 numbers, counted from the newest.
 * What lies beyond the sizes of the stacks is left over and overwritten: arrays that shrink and grow again are slow.
 */
export type SlidingMomentsState = {
  readonly frontMeans: number[];
  readonly frontSpreads: number[];
  frontSize: number;
  readonly back: number[];
  backSize: number;
  backMean: number;
  backSpread: number;
};

export interface SlidingMoments {
  init(): SlidingMomentsState;
  value(state: SlidingMomentsState): Moments;
  /** Changes the state. */
  record(state: SlidingMomentsState, number: number): void;
}

/**
 * Mean and spread of the last `window` numbers, by the updates of Welford and Chan: no differences of large sums, no squares
 * that leave the range of numbers, and no trace of a huge number once it has left. Equal numbers have a spread of exactly
 * 0. O(1) amortised.
 */
export function slidingMoments(window: number): SlidingMoments {
  return {
    init: () => ({
      frontMeans: [],
      frontSpreads: [],
      frontSize: 0,
      back: [],
      backSize: 0,
      backMean: 0,
      backSpread: 0,
    }),
    value({ frontMeans, frontSpreads, frontSize, backSize, backMean, backSpread }) {
      const count = frontSize + backSize;
      if (frontSize === 0) return { count, mean: backMean, spread: backSpread };
      const frontMean = frontMeans[frontSize - 1]!;
      const frontSpread = frontSpreads[frontSize - 1]!;
      if (backSize === 0) return { count, mean: frontMean, spread: frontSpread };
      const share = backSize / count;
      const distance = backMean - frontMean;
      const mean = frontMean + distance * share;
      const squares = frontSpread * frontSpread + backSpread * backSpread + distance * distance * share * frontSize;
      if (isSafe(squares)) return { count, mean, spread: Math.sqrt(squares) };
      const between = Math.abs(distance) * Math.sqrt(share * frontSize);
      return { count, mean, spread: root(root(frontSpread, backSpread), between) };
    },
    record(state, number) {
      const { back, backMean, backSpread } = state;
      if (state.frontSize + state.backSize === window) state.frontSize--;
      back[state.backSize++] = number;
      const count = state.backSize;
      const mean = backMean + (number - backMean) / count;
      state.backMean = mean;
      state.backSpread = spreadWith(number, backSpread, backMean, mean, count);
      if (count === window) turnOver(state);
    },
  };
}

/** With a number more, which makes them `count` and moves their mean from `before` to `mean`. */
function spreadWith(number: number, spread: number, before: number, mean: number, count: number): number {
  const squares = spread * spread + (number - before) * (number - mean);
  return isSafe(squares)
    ? Math.sqrt(squares)
    : root(spread, Math.abs(number - before) * Math.sqrt((count - 1) / count));
}

/** Whether no square in a sum of squares has left the range of numbers, or was too small to be told. */
function isSafe(squares: number): boolean {
  return squares > 1e-280 && squares < 1e300;
}

/** Moves the whole window to the front: once it is full there is always a number there that can leave. */
function turnOver(state: SlidingMomentsState): void {
  const { frontMeans, frontSpreads, back, backSize } = state;
  let mean = 0;
  let spread = 0;
  for (let i = 0; i < backSize; i++) {
    const number = back[backSize - 1 - i]!;
    const before = mean;
    mean += (number - mean) / (i + 1);
    spread = spreadWith(number, spread, before, mean, i + 1);
    frontMeans[i] = mean;
    frontSpreads[i] = spread;
  }
  state.frontSize = backSize;
  state.backSize = 0;
  state.backMean = 0;
  state.backSpread = 0;
}
