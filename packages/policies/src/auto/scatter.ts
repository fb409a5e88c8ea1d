import { Ring } from '../structures/ring.ts';
import { logRatio } from './logRatio.ts';

/** Ratios are kept as whole numbers of this unit, so that their running sum is exact however long the run is. */
const UNIT = 2 ** -30;

/** A ratio of neighbouring norms beyond 1,000 counts as 1,000: one absurd norm says little about all. */
const MOST = Math.round(Math.log(1000) / UNIT);
/** So few ratios count as so many, the others being 1: else the first spike of a run would be most of the mean. */
const FEW = 8;

/**
 * How much neighbouring norms differ: the mean of |ln(norm / norm before)| over the last `window` of them. A level that
 * jumps or drifts slowly hardly moves it.
 */
export class Scatter {
  readonly #steps: Ring;
  #sum = 0;
  /** 0: none yet. */
  #previous = 0;

  constructor(window: number) {
    this.#steps = new Ring(window);
  }

  /** 0 while fewer than two norms are known. */
  get mean(): number {
    return (this.#sum * UNIT) / Math.max(this.#steps.size, FEW);
  }

  /** @param norm > 0 */
  record(norm: number): void {
    const previous = this.#previous;
    if (previous > 0) this.#push(Math.min(MOST, Math.round(Math.abs(logRatio(norm, previous)) / UNIT)));
    this.#previous = norm;
  }

  /** What `load` makes the same again from: the last norm, and the steps in units, oldest first. */
  save(): readonly [previous: number, steps: readonly number[]] {
    return [this.#previous, this.#steps.toArray()];
  }

  static load(window: number, [previous, steps]: readonly [number, readonly number[]]): Scatter {
    const scatter = new Scatter(window);
    for (const step of steps) scatter.#push(step);
    scatter.#previous = previous;
    return scatter;
  }

  #push(step: number): void {
    this.#steps.reserve(); // before any change
    const leaving = this.#steps.leaving ?? 0;
    this.#steps.push(step);
    this.#sum += step - leaving;
  }
}
