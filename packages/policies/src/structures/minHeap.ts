import { grow } from './grow.ts';

/** A binary heap of numbers with the smallest on top. */
export class MinHeap {
  size = 0;
  #numbers: Float64Array = new Float64Array(16);

  /** The smallest; there must be one. */
  get top(): number {
    return this.#numbers[0]!;
  }

  /** The next smallest; there must be two. */
  get second(): number {
    return this.size === 2 ? this.#numbers[1]! : Math.min(this.#numbers[1]!, this.#numbers[2]!);
  }

  /** Makes sure that the next `count` pushes allocate nothing. */
  reserve(count: number): void {
    if (this.size + count > this.#numbers.length) this.#numbers = grow(this.#numbers);
  }

  push(number: number): void {
    this.reserve(1);
    const numbers = this.#numbers;
    let place = this.size++;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (numbers[parent]! <= number) break;
      numbers[place] = numbers[parent]!;
      place = parent;
    }
    numbers[place] = number;
  }

  /** Takes the smallest out. */
  pop(): number {
    const numbers = this.#numbers;
    const top = numbers[0]!;
    const number = numbers[--this.size]!;
    let place = 0;
    for (let child = 1; child < this.size; child = 2 * place + 1) {
      if (child + 1 < this.size && numbers[child + 1]! < numbers[child]!) child++;
      if (numbers[child]! >= number) break;
      numbers[place] = numbers[child]!;
      place = child;
    }
    numbers[place] = number;
    return top;
  }

  toArray(): number[] {
    return Array.from(this.#numbers.subarray(0, this.size));
  }
}
