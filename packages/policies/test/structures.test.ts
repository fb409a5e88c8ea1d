import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockedList } from '../src/structures/blockedList.ts';
import { MinHeap } from '../src/structures/minHeap.ts';
import { Ring } from '../src/structures/ring.ts';
import { SortedArray } from '../src/structures/sortedArray.ts';
import { TwoHeaps } from '../src/structures/twoHeaps.ts';
import { noise, SEED, someNorm } from './support.ts';

describe.each([
  ['SortedArray', SortedArray],
  ['BlockedList', BlockedList],
])('%s keeps its order through 12,000 insertions and replacements', (_, List) => {
  const random = noise(11);
  const draw = (count: number) => Math.floor(count * random.next().value);
  // Each phase says where numbers come from and which one they replace; the last two empty whole regions.
  const phases: [string, (i: number) => number, ((size: number) => number) | undefined][] = [
    ['ascending', (i) => i, undefined],
    ['descending', (i) => -1 - i, undefined],
    ['all equal', () => 5, undefined],
    ['scattered', () => 100 * random.next().value, draw],
    ['the largest gives way to a small one', (i) => -1000 - i, (size) => size - 1],
    ['the smallest gives way to equals', () => 7, () => 0],
  ];

  test('', () => {
    const list = new List();
    const sorted: number[] = [];
    for (const [name, next, leaving] of phases) {
      for (let i = 0; i < 2000; i++) {
        const number = next(i);
        if (leaving) list.replace(sorted.splice(leaving(sorted.length), 1)[0]!, number);
        else list.insert(number);
        const place = sorted.findIndex((other) => other >= number);
        sorted.splice(place < 0 ? sorted.length : place, 0, number);
        const rank = draw(sorted.length);
        if (list.at(rank) !== sorted[rank] || list.size !== sorted.length) expect.fail(`${name}, ${i}: rank ${rank}`);
      }
      expect(sorted.map((_number, rank) => list.at(rank))).toEqual(sorted);
    }
  });
});

test('Ring drops the oldest, and makes room on demand', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(someNorm, { maxLength: 200, size: 'max' }),
      (capacity, numbers) => {
        const ring = new Ring(capacity);
        for (const [i, number] of numbers.entries()) {
          expect(ring.leaving).toBe(i < capacity ? undefined : numbers[i - capacity]);
          ring.push(number);
          expect(ring.toArray()).toEqual(numbers.slice(0, i + 1).slice(-capacity));
        }
      },
    ),
    SEED,
  );
});

test('MinHeap gives numbers back in order', () => {
  fc.assert(
    fc.property(fc.array(someNorm, { minLength: 2, maxLength: 100 }), (numbers) => {
      const heap = new MinHeap();
      for (const number of numbers) heap.push(number);
      const sorted = numbers.toSorted((a, b) => a - b);
      expect([heap.top, heap.second]).toEqual(sorted.slice(0, 2));
      expect(numbers.map(() => heap.pop())).toEqual(sorted);
    }),
    SEED,
  );
});

test('TwoHeaps knows two ranks up to its quantile and the next two', () => {
  const quantile = fc.oneof(fc.constantFrom(0, 0.1, 0.5, 1, 1 - 2 ** -53), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(quantile, fc.array(someNorm, { minLength: 1, maxLength: 100 }), (at, numbers) => {
      const heaps = new TwoHeaps(at);
      for (const [last, number] of numbers.entries()) {
        heaps.record(number);
        const sorted = numbers.slice(0, last + 1).toSorted((a, b) => a - b);
        const floor = Math.floor(at * last);
        for (let rank = Math.max(floor - 1, 0); rank <= Math.min(floor + 2, last); rank++)
          expect(heaps.at(rank)).toBe(sorted[rank]);
        expect(heaps.toArray()).toEqual(sorted);
      }
    }),
    SEED,
  );
});
