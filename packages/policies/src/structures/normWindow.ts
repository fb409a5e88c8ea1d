import { BlockedList } from './blockedList.ts';
import type { NormHistory, SortedList } from './ranked.ts';
import { Ring } from './ring.ts';
import { SortedArray } from './sortedArray.ts';

/** Above this, moving the numbers of one array takes longer than keeping them in blocks. */
const LARGEST_ARRAY = 20_000;

/** The last `window` norms, once in order of arrival and once sorted. */
export class NormWindow implements NormHistory {
  readonly #arrivals: Ring;
  readonly #sorted: SortedList;

  constructor(window: number) {
    this.#arrivals = new Ring(window);
    this.#sorted = window > LARGEST_ARRAY ? new BlockedList() : new SortedArray();
  }

  get size(): number {
    return this.#sorted.size;
  }

  get leaving(): number | undefined {
    return this.#arrivals.leaving;
  }

  at(rank: number): number {
    return this.#sorted.at(rank);
  }

  record(norm: number): void {
    const { leaving } = this.#arrivals;
    this.#arrivals.reserve(); // before any change: when there is no memory, both stay as they were
    if (leaving === undefined) this.#sorted.insert(norm);
    else this.#sorted.replace(leaving, norm);
    this.#arrivals.push(norm);
  }

  toArray(): number[] {
    return this.#arrivals.toArray();
  }
}
