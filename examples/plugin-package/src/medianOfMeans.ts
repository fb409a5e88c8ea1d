import { definePolicy, GradclipError } from '@gradclip/core';
import type { ClipPolicy, Json } from '@gradclip/core';
import { resolveOptions } from './options.js';
import type { MedianOfMeansOptions } from './options.js';

/** What is known of one key. */
export interface MedianOfMeansState {
  /** The last answer, for explain. */
  threshold: number;
  /** The coming answer; it changes when a block is full. */
  next: number;
  /** Mean and number of the norms in the block that is not full yet. */
  mean: number;
  count: number;
  /** How many blocks were filled so far, and the means of the last ones: that of block i is at i % blocks. */
  filled: number;
  readonly means: Float64Array;
}

/**
 * Clips to `threshold = multiple * median(means of the last full blocks)`, a block being `size` norms in a row.
 *
 * A mean answers to the level of the norms, and the median leaves aside the blocks that a spike has spoilt.
 * First steps: nothing is clipped until the first block is full. A median of 0 does not clip.
 * History: every norm as it was, in its block. The current norm counts only for later steps.
 * A lasting change of level is followed when more than half of the blocks are new: within 59 steps by default.
 * Traps: a rise that lasts is followed without limit: put `cap` around it. A spike within the first block raises the
 * threshold until the second is full.
 * Source: Nemirovsky and Yudin 1983; Lugosi and Mendelson 2019, https://arxiv.org/abs/1906.04280, section 2.1.
 *
 * @throws GradclipError INVALID_OPTION
 * @example
 * // Blocks with the means 2, 5 and 5. The median of two is the lower one.
 * simulate(medianOfMeans({ size: 2 }), [1, 3, 8, 2, 4, 6, 1]).map(({ threshold }) => threshold);
 * // [Infinity, Infinity, 4, 4, 4, 4, 10]
 */
export function medianOfMeans(options: MedianOfMeansOptions = {}): ClipPolicy<MedianOfMeansState> {
  const { multiple, blocks, size } = resolveOptions(options);

  function thresholdOf(means: Float64Array, filled: number): number {
    const known = means.slice(0, Math.min(filled, blocks)).sort();
    const median = known[(known.length - 1) >> 1] ?? 0;
    return median > 0 ? Math.max(multiple * median, Number.MIN_VALUE) : Infinity;
  }

  function record(state: MedianOfMeansState, norm: number): void {
    state.count += 1;
    state.mean += (norm - state.mean) / state.count; // a sum could overflow
    if (state.count < size) return;
    state.means[state.filled % blocks] = state.mean;
    state.filled += 1;
    state.mean = 0;
    state.count = 0;
    state.next = thresholdOf(state.means, state.filled);
  }

  return definePolicy<MedianOfMeansState>({
    name: 'medianOfMeans',
    options: { multiple, blocks, size },
    stateVersion: 2,
    init: () => ({
      threshold: Infinity,
      next: Infinity,
      mean: 0,
      count: 0,
      filled: 0,
      means: new Float64Array(blocks),
    }),
    decide(state, { norm }) {
      state.threshold = state.next;
      record(state, norm);
      return [state.threshold, state];
    },
    forecast: ({ next }) => next,
    explain({ threshold, next, filled, count }) {
      const known = `${multiple} * the median of the means of ${Math.min(filled, blocks)} blocks of ${size} norms`;
      const why = filled === 0 ? 'no block is full' : known;
      return `threshold ${inWords(threshold)}; the next is ${inWords(next)}: ${why}; ${count} norms are in a new block`;
    },
    save: ({ threshold, mean, count, filled, means }) => ({
      threshold,
      mean,
      count,
      filled,
      means: Array.from(means.subarray(0, filled)),
    }),
    load(saved, version) {
      const known = inVersion2(saved, version);
      const means = new Float64Array(blocks);
      means.set(known.means);
      const next = thresholdOf(means, known.filled);
      return { ...known, means, next, threshold: known.threshold ?? next };
    },
  });
}

type Saved = {
  /** Absent: it was not saved. */
  readonly threshold?: number;
  readonly mean: number;
  readonly count: number;
  readonly filled: number;
  readonly means: readonly number[];
};

/** Version 1 kept the norms of the block that was not full, and its means with the oldest first. */
function inVersion2(saved: Json, version: number): Saved {
  if (version === 2) return saved as unknown as Saved;
  if (version !== 1)
    throw new GradclipError('STATE_MISMATCH', `medianOfMeans knows states of versions 1 and 2, got ${version}.`, {
      advice: 'Install the version of clip-policy-median-of-means that saved it, or a later one.',
    });
  const { means, norms } = saved as unknown as { means: readonly number[]; norms: readonly number[] };
  const mean = norms.reduce((before, norm, i) => before + (norm - before) / (i + 1), 0);
  return { mean, count: norms.length, filled: means.length, means };
}

function inWords(threshold: number): string {
  return threshold === Infinity ? 'none' : String(Number(threshold.toPrecision(4)));
}
