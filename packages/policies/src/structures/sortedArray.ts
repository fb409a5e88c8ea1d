import { grow } from './grow.ts';
import { lowerBound } from './lowerBound.ts';
import type { SortedList } from './ranked.ts';

/** A sorted list in one array that grows on demand: the fastest up to some ten thousand numbers. */
export class SortedArray implements SortedList {
  size = 0;
  #numbers: Float64Array = new Float64Array(16);

  at(rank: number): number {
    return this.#numbers[rank]!;
  }

  insert(number: number): void {
    if (this.size === this.#numbers.length) this.#numbers = grow(this.#numbers);
    const place = lowerBound(this.#numbers, this.size, number);
    this.#numbers.copyWithin(place + 1, place, this.size++);
    this.#numbers[place] = number;
  }

  /** Moves only what lies between the two places, once. */
  replace(old: number, number: number): void {
    const from = lowerBound(this.#numbers, this.size, old);
    let to = lowerBound(this.#numbers, this.size, number);
    if (to > from) this.#numbers.copyWithin(from, from + 1, to--);
    else this.#numbers.copyWithin(to + 1, to, from);
    this.#numbers[to] = number;
  }
}
