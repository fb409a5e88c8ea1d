import { clipBuffers } from '@gradclip/adapters/buffers';
import type { BufferSet } from '@gradclip/adapters/buffers';
import type { Clipper } from '@gradclip/core';
import type { Outcome } from './task.ts';

/** The clipper of one run, and what it counts. */
export class Clipping {
  /** The clipper has given up: no step will be taken any more. */
  halted: boolean = false;
  #steps = 0;
  #clipped = 0;
  #largest = 0;
  readonly #clipper: Clipper;

  constructor(clipper: Clipper) {
    this.#clipper = clipper;
    clipper.alerts$.subscribe(() => {}); // else the console is told of each bad step
  }

  /** Clips in place; false: leave the weights alone. They are for rules that measure them, too. */
  clip(gradients: BufferSet, weights: BufferSet): boolean {
    if (this.halted) return false;
    const { action, norm, proceed } = clipBuffers(gradients, this.#clipper, { weights });
    this.#steps++;
    if (action !== 'pass') this.#clipped++;
    if (norm < Infinity && norm > this.#largest) this.#largest = norm;
    if (action === 'halt') this.halted = true;
    return proceed;
  }

  outcome(value: number, solved?: boolean): Outcome {
    return {
      value,
      ...(solved !== undefined && { solved }),
      steps: this.#steps,
      clipRate: this.#clipped / Math.max(1, this.#steps),
      largestNorm: this.#largest,
    };
  }
}
