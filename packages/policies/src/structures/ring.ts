import { grow } from './grow.ts';

/** The last `capacity` numbers in order of arrival. Room is made as they come; Infinity keeps all. */
export class Ring {
  size = 0;
  readonly #capacity: number;
  #values: Float64Array;
  /** Where the oldest is, which the next one overwrites once the ring is full. */
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float64Array(Math.min(16, capacity));
  }

  /** The number that the next push drops; undefined while there is room. */
  get leaving(): number | undefined {
    return this.size < this.#capacity ? undefined : this.#values[this.#oldest];
  }

  /** Makes sure that the next push allocates nothing. */
  reserve(): void {
    if (this.size === this.#values.length && this.size < this.#capacity)
      this.#values = grow(this.#values, this.#capacity);
  }

  push(value: number): void {
    if (this.size < this.#capacity) {
      this.reserve();
      this.#values[this.size++] = value;
    } else {
      this.#values[this.#oldest] = value;
      this.#oldest = (this.#oldest + 1) % this.#capacity;
    }
  }

  /** Oldest first. */
  toArray(): number[] {
    const values = this.#values;
    return [...values.subarray(this.#oldest, this.size), ...values.subarray(0, this.#oldest)];
  }
}
