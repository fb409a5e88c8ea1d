import { MinHeap } from './minHeap.ts';
import type { NormHistory } from './ranked.ts';

/**
 * Every norm ever recorded, split at one quantile: the smaller ones in a heap with the largest on top, the others in a heap
 * with the smallest on top, so that the norms on either side of the quantile are at hand.
 */
export class TwoHeaps implements NormHistory {
  readonly leaving: undefined;
  readonly #quantile: number;
  /** Negated, so that the largest is on top. */
  readonly #low = new MinHeap();
  readonly #high = new MinHeap();

  constructor(quantile: number) {
    this.#quantile = quantile;
  }

  get size(): number {
    return this.#low.size + this.#high.size;
  }

  /** Known are four ranks: two up to floor(quantile * (size - 1)), and the next two. */
  at(rank: number): number {
    switch (rank - this.#low.size) {
      case -2:
        return -this.#low.second;
      case -1:
        return -this.#low.top;
      case 0:
        return this.#high.top;
      case 1:
        return this.#high.second;
    }
    return NaN;
  }

  record(norm: number): void {
    const lowSize = Math.floor(this.#quantile * this.size) + 1;
    this.#low.reserve(2); // before any change: when there is no memory, both stay as they were
    this.#high.reserve(2);
    if (this.#low.size > 0 && norm < -this.#low.top) this.#low.push(-norm);
    else this.#high.push(norm);
    while (this.#low.size > lowSize) this.#high.push(-this.#low.pop());
    while (this.#low.size < lowSize) this.#low.push(-this.#high.pop());
  }

  /** Ascending, whatever the order of arrival: the same norms are saved the same. */
  toArray(): number[] {
    const low = this.#low.toArray().map((negated) => -negated);
    return Array.from(Float64Array.from([...low, ...this.#high.toArray()]).sort());
  }
}
