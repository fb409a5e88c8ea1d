import { lowerBound } from './lowerBound.ts';
import type { SortedList } from './ranked.ts';

const LARGEST_BLOCK = 512;
const SMALLEST_BLOCK = LARGEST_BLOCK / 4;

/**
 * A sorted list in blocks of up to 512 numbers, so that a change moves numbers of one block only.
 * Ranks asked one after the other are near each other: a cursor remembers how many numbers lie before a block.
 */
export class BlockedList implements SortedList {
  size = 0;
  /** Ascending; none is empty, unless it is the only one. */
  readonly #blocks: number[][] = [[]];
  #cursor = 0;
  #before = 0;

  at(rank: number): number {
    while (rank < this.#before) this.#before -= this.#blocks[--this.#cursor]!.length;
    let block = this.#blocks[this.#cursor]!;
    while (rank >= this.#before + block.length) {
      this.#before += block.length;
      block = this.#blocks[++this.#cursor]!;
    }
    return block[rank - this.#before]!;
  }

  insert(number: number): void {
    const index = this.#find(number);
    const block = this.#blocks[index]!;
    block.splice(lowerBound(block, block.length, number), 0, number);
    this.size++;
    if (index < this.#cursor) this.#before++;
    if (block.length > LARGEST_BLOCK) this.#rebuild(index, 1);
  }

  replace(old: number, number: number): void {
    this.#remove(old);
    this.insert(number);
  }

  #remove(number: number): void {
    const index = this.#find(number);
    const block = this.#blocks[index]!;
    block.splice(lowerBound(block, block.length, number), 1);
    this.size--;
    if (index < this.#cursor) this.#before--;
    if (block.length < SMALLEST_BLOCK && this.#blocks.length > 1) this.#rebuild(Math.max(index - 1, 0), 2);
  }

  /** The first block that ends with `number` or more; the last block when there is none. */
  #find(number: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (block[block.length - 1]! < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Joins `count` neighbours, and halves the result where it is too large for one block. */
  #rebuild(index: number, count: number): void {
    const joined = this.#blocks.slice(index, index + count).flat();
    const half = joined.length >>> 1;
    const blocks = joined.length > LARGEST_BLOCK ? [joined.slice(0, half), joined.slice(half)] : [joined];
    this.#blocks.splice(index, count, ...blocks);
    this.#cursor = 0;
    this.#before = 0;
  }
}
