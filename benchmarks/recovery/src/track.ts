import type { Saved, Subject } from './subject.ts';

/** Calm steps after an event, at which the run is compared with the one without it. */
export const CHECKS: readonly number[] = [
  0,
  ...[1, 10, 100, 1000].flatMap((ten) => [1, 2, 5].map((times) => times * ten)),
  10_000,
];

/** What is asked about at each check: an ordinary norm and spikes, in units of the level. */
export const ASKED: readonly number[] = [1, 10, 1000];

/** A run that goes on with calm norms as far as it is asked for, and stops for all checks after each of its starts. */
export class Track {
  readonly #subject: Subject;
  readonly #norms: Float64Array;
  readonly #starts: readonly number[];
  readonly #level: number;
  readonly #asked: readonly number[];
  readonly #stops: readonly number[];
  readonly #answers = new Map<number, readonly number[]>();
  readonly #saved = new Map<number, Saved>();
  #step = 0;

  constructor(
    subject: Subject,
    norms: Float64Array,
    asked: readonly number[],
    starts: readonly number[] = [0],
    level = 1,
  ) {
    this.#subject = subject;
    this.#norms = norms;
    this.#starts = starts;
    this.#level = level;
    this.#asked = asked.map((norm) => norm * level);
    const stops = starts.flatMap((start) => CHECKS.map((check) => start + check));
    this.#stops = [...new Set(stops)].sort((a, b) => a - b);
  }

  /** The share that would be left of each norm that is asked about, so many steps after a start. */
  at(check: number, start = 0): readonly number[] {
    this.#goTo(start + check);
    return this.#answers.get(start + check)!;
  }

  /** The state at a start. */
  saved(start: number): Saved {
    this.#goTo(start);
    return this.#saved.get(start)!;
  }

  #goTo(end: number): void {
    while (this.#answers.size < this.#stops.length && this.#stops[this.#answers.size]! <= end) {
      const stop = this.#stops[this.#answers.size]!;
      for (; this.#step < stop; this.#step++) this.#subject.clip(this.#norms[this.#step]! * this.#level);
      if (this.#starts.includes(stop)) this.#saved.set(stop, this.#subject.save());
      this.#answers.set(stop, this.#subject.ask(this.#asked));
    }
  }
}
