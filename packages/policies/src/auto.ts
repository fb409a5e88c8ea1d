import { assertOptions, definePolicy } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { Scatter } from './auto/scatter.ts';
import { short } from './short.ts';
import { NormWindow } from './structures/normWindow.ts';

/** Norms that the median and the scatter are taken of. */
const WINDOW = 128;
/** The threshold in calm levels. */
const MULTIPLE = 2.5;
/** A rise is a lasting one when more than this share of the window lies above the threshold. */
const SHARE = 0.9;
/** The scatter of a change of scale is at most so many times that of the calm level. */
const TOLERANCE = 1.25;
/** A calm scatter below this counts as this. */
const LEAST_SCATTER = 0.1;
/** Steps of a lasting rise until the level has grown by about a half; see `decide`. */
const PATIENCE = 2000;
/** Evidence at which a rise is taken for a change of scale. */
const ENOUGH = WINDOW / 2;
/** The rank such that more than SHARE of a full window lies above the norm there. */
const LOWEST = WINDOW - Math.floor(SHARE * WINDOW) - 1;

type Phase = 'start' | 'calm' | 'lower' | 'rise' | 'restart' | 'spike';

type AutoState = {
  readonly norms: NormWindow;
  readonly scatter: Scatter;
  /** The calm level: the lowest median so far, since the last change of scale. 0: no norm is known. */
  level: number;
  /** The scatter when the level was taken. */
  calm: number;
  /** Steps in lasting rises since the level was taken. */
  hits: number;
  /** For a change of scale, 0 to ENOUGH. */
  evidence: number;
  /** What the last norm was taken for, and the threshold it met. */
  phase: Phase;
  threshold: number;
};

/**
 * Clips to 2.5 times the calm level of the norms: the lowest median of 128 norms so far. There is nothing to choose.
 *
 * A rise that lasts (more than 90 % of 128 norms lie above the threshold) is one of two things. Where neighbouring norms differ
 * no more than they did at the calm level, the scale has changed (a new loss, a new phase): after 64 such steps the level
 * starts anew at the present median. Where they differ more, training is exploding: the threshold stays, and grows
 * slowly, by a factor of e in 2,800 steps. How much norms differ, their scatter, is the mean of |ln(norm / norm before)|.
 *
 * First steps: the first norm passes and is the level; the level follows the median until 65 norms are known. `warmup`
 * from '@gradclip/core' around it makes it look at some gradients before the first update.
 * History: raw norms, the current one for later steps only. Zeros are not recorded. Multiplying all norms by a power of two
 * multiplies the thresholds by it, exactly. O(log n) a step; 256 numbers of state.
 * Source: our own; how it was found and what it cannot do: docs/auto.md.
 *
 * @example
 * simulate(auto(), [2, 3, 100, 2]).map((decision) => decision.threshold); // [Infinity, 5, 5, 7.5]
 */
export function auto(options: Readonly<Record<string, never>> = {}): ClipPolicy {
  assertOptions('auto', options, []);
  return definePolicy<AutoState>({
    name: 'auto',
    options: {},
    init: () => ({
      norms: new NormWindow(WINDOW),
      scatter: new Scatter(WINDOW),
      level: 0,
      calm: 0,
      hits: 0,
      evidence: 0,
      phase: 'start',
      threshold: Infinity,
    }),
    decide(state, { norm }) {
      const threshold = thresholdOf(state);
      if (norm > 0) record(state, norm, threshold);
      state.threshold = threshold;
      return [threshold, state];
    },
    forecast: thresholdOf,
    explain,
    save: ({ norms, scatter, ...numbers }) => ({ ...numbers, norms: norms.toArray(), scatter: scatter.save() }),
    load(saved) {
      const { norms, scatter, ...numbers } = saved as Omit<AutoState, 'norms' | 'scatter'> & {
        norms: readonly number[];
        scatter: ReturnType<Scatter['save']>;
      };
      const window = new NormWindow(WINDOW);
      for (const norm of norms) window.record(norm);
      return { ...numbers, norms: window, scatter: Scatter.load(WINDOW, scatter) };
    },
  });
}

function thresholdOf({ level }: AutoState): number {
  return level > 0 ? MULTIPLE * level : Infinity;
}

/** Moves the level by one more norm; `threshold` is the one it met. */
function record(state: AutoState, norm: number, threshold: number): void {
  const { norms, scatter } = state;
  norms.record(norm);
  scatter.record(norm);
  const { size } = norms;
  const median = norms.at((size - 1) >> 1);
  if (size <= WINDOW / 2 || median < state.level) {
    state.phase = size <= WINDOW / 2 ? 'start' : 'lower';
    state.level = median;
    state.calm = scatter.mean;
    state.hits = 0;
    state.evidence = 0;
  } else if (size === WINDOW && norms.at(LOWEST) > threshold) {
    state.phase = 'rise';
    state.hits++;
    const isQuiet = scatter.mean <= TOLERANCE * Math.max(state.calm, LEAST_SCATTER);
    state.evidence = isQuiet ? state.evidence + 1 : Math.max(0, state.evidence - 1);
    if (state.evidence >= ENOUGH) {
      state.phase = 'restart';
      state.level = median;
      state.hits = 0;
      state.evidence = 0;
    } else state.level = Math.min(state.level * (1 + state.hits / PATIENCE ** 2), Number.MAX_VALUE);
  } else {
    state.phase = norm > threshold ? 'spike' : 'calm';
    state.evidence = 0;
  }
}

function explain({ phase, threshold, level, calm, scatter, hits, evidence, norms }: AutoState): string {
  if (level === 0) return 'no threshold: no norm above 0 is known';
  const used = threshold === Infinity ? 'no threshold: no norm was known' : `threshold ${short(threshold)}`;
  const now = `the calm level is now ${short(level)}`;
  const noise = `scatter ${short(scatter.mean)}, ${short(calm)} when calm`;
  switch (phase) {
    case 'start':
      return `${used}; ${now}, the median of ${norms.size} norms`;
    case 'lower':
      return `${used}; ${now}, the lowest median so far: it has just fallen`;
    case 'calm':
      return `${used} = ${MULTIPLE} * the calm level; ${now}`;
    case 'spike':
      return `${used} = ${MULTIPLE} * the calm level; the norm was a spike, or a rise began; ${now}`;
    case 'restart':
      return `${used}; change of scale: the norms have risen for good without more scatter (${noise}); ${now}`;
    case 'rise':
      return evidence > 0
        ? `${used}; a lasting rise without more scatter (${noise}): a change of scale after ${ENOUGH - evidence} more such steps; ${now}`
        : `${used}; explosion: the norms have risen for ${hits} steps with more scatter (${noise}), so the threshold grows only slowly; ${now}`;
  }
}
