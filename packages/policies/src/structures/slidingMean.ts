import type { Average } from './average.ts';

/**
 * The window as two stacks. Numbers arrive in `back`, whose sum is kept; they leave from `front`, which holds the sums of
 * what is still in the window: `front[i]` is the sum of the first i + 1 of its numbers, counted from the newest.
 */
export type SlidingMeanState = { readonly front: number[]; back: number[]; backSum: number };

/**
 * The mean of the last `window` numbers. Sums are only ever added to, never subtracted from, so that a huge number leaves
 * no trace once it has left the window. O(1) amortised.
 */
export function slidingMean(window: number): Average<SlidingMeanState> {
  return {
    init: () => ({ front: [], back: [], backSum: 0 }),
    value({ front, back, backSum }) {
      const size = front.length + back.length;
      return size === 0 ? 0 : ((front.at(-1) ?? 0) + backSum) / size;
    },
    valueWith({ front, back, backSum }, number) {
      const size = front.length + back.length;
      return size < window
        ? ((front.at(-1) ?? 0) + backSum + number) / (size + 1)
        : ((front.at(-2) ?? 0) + backSum + number) / window;
    },
    record(state, number) {
      const { front, back } = state;
      if (front.length + back.length === window) front.pop();
      back.push(number);
      state.backSum += number;
      if (back.length === window) turnOver(state);
    },
  };
}

/** Moves the whole window to the front: once it is full there is always a number there that can leave. */
function turnOver(state: SlidingMeanState): void {
  let sum = 0;
  while (state.back.length > 0) {
    sum += state.back.pop()!;
    state.front.push(sum);
  }
  state.backSum = 0;
}
