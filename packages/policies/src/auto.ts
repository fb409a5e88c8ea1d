import { assertOptions, definePolicy } from '@gradclip/core';
import type { ClipBound, ClipPolicy } from '@gradclip/core';
import { Scatter } from './auto/scatter.ts';
import { short } from './short.ts';
import { NormWindow } from './structures/normWindow.ts';

/** Norms that the median and the scatter are taken of. */
const WINDOW = 128;
/** The threshold in calm levels, where neighbouring norms differ little. */
const MULTIPLE = 2.5;
/** A calm scatter above this lowers the threshold, in proportion. */
const NOISY = 0.5;
/** In the first steps the level rises by no more than this factor a step … */
const START_GROWTH = 1.01;
/** … unless the first norms were as good as nothing: so many times smaller than the median. */
const FAR = 1000;
/** A rise is a lasting one when more than this share of the window lies above MULTIPLE levels. */
const SHARE = 0.9;
/** The scatter of a change of scale is at most so many times that of the calm level. */
const TOLERANCE = 1.25;
/** A calm scatter below this counts as this when the two are compared. */
const LEAST_SCATTER = 0.1;
/** In so many steps the level rises to a median above it by a factor of e at most; in an explosion a little more slowly. */
const PATIENCE = 2000;
/** Evidence at which a rise is taken for a change of scale. */
const ENOUGH = WINDOW / 2;
/** The rank such that more than SHARE of a full window lies above the norm there. */
const LOWEST = WINDOW - Math.floor(SHARE * WINDOW) - 1;

type Phase = 'start' | 'zero' | 'calm' | 'lower' | 'rise' | 'explosion' | 'restart' | 'return' | 'spike';

type AutoState = {
  readonly norms: NormWindow;
  readonly scatter: Scatter;
  /** The calm level: the lowest median so far, since the last change of scale. 0: no norm is known. */
  level: number;
  /** The scatter when the level was taken. */
  calmScatter: number;
  /** Steps without a lasting rise since the level was taken. */
  held: number;
  /** The last level that held for a window, before lower ones, and its scatter. 0: none did. */
  knownLevel: number;
  knownScatter: number;
  /** Steps in lasting rises since the level was taken. */
  risen: number;
  /** For a change of scale, 0 to ENOUGH. */
  evidence: number;
  /** What the last norm was taken for, and the threshold it met. */
  phase: Phase;
  threshold: number;
};

/**
 * Clips to a small multiple of the calm level of the norms, the lowest median of 128 norms so far. There is nothing to choose.
 *
 * Threshold: `level * 2.5`, or `level * 1.25 / scatter` where the calm level had a scatter above 0.5; how much norms differ, their
 * scatter, is the mean of |ln(norm / norm before)|. With a scatter above 1.25 that is less than the level: nearly every step is
 * clipped. A norm above the threshold is brought to the present median, at most to the threshold.
 *
 * A rise that lasts (more than 90 % of 128 norms lie above 2.5 levels) is one of two things. Where neighbouring norms differ
 * no more than they did at the calm level, the scale has changed (a new loss, a new phase): after 64 such steps the level
 * starts anew at the present median. Where they differ more, training is exploding: the level stays, and grows
 * slowly, by a factor of e in 2,800 steps. A level that had held before is returned to like a change of scale. To a median
 * that is higher, but not so far, the level rises by a factor of e in 2,000 steps at most, while the scatter is that of the calm level.
 *
 * First steps: the first norm passes and is the level. Until 65 norms are known the level falls with the median, and rises with it
 * by 1 % a step at most: a run that explodes at once does not take its level along. A median above 1,000 levels is taken at
 * once: the first norms were as good as nothing. `warmup` from '@gradclip/core' around it
 * makes it look at some gradients before the first update.
 * History: raw norms, the current one for later steps only. Zeros are not recorded. Multiplying all norms by a power of two
 * multiplies the thresholds by it, exactly, unless they are subnormal. O(log n) a step; at most 270 numbers of state.
 * Source: our own; how it was found and what it cannot do: docs/auto.md.
 *
 * @example
 * simulate(auto(), [2, 3, 100, 2]).map((decision) => decision.threshold); // [Infinity, 5, 5, 5.05]
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
      calmScatter: 0,
      held: 0,
      knownLevel: 0,
      knownScatter: 0,
      risen: 0,
      evidence: 0,
      phase: 'start',
      threshold: Infinity,
    }),
    decide(state, { norm }) {
      const threshold = thresholdOf(state);
      const bound = boundOf(state, threshold);
      state.threshold = threshold;
      if (norm > 0) record(state, norm);
      else state.phase = 'zero';
      return [bound, state];
    },
    forecast: (state) => boundOf(state, thresholdOf(state)),
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

function multipleOf({ calmScatter }: AutoState): number {
  return calmScatter > NOISY ? (MULTIPLE * NOISY) / calmScatter : MULTIPLE;
}

function thresholdOf(state: AutoState): number {
  // The least positive number: below it a bound is none.
  return state.level > 0 ? Math.max(multipleOf(state) * state.level, Number.MIN_VALUE) : Infinity;
}

function boundOf(state: AutoState, threshold: number): ClipBound {
  if (threshold === Infinity) return threshold;
  const median = medianOf(state);
  return median < threshold ? { threshold, target: median } : threshold;
}

function medianOf({ norms }: AutoState): number {
  return norms.at((norms.size - 1) >> 1);
}

/** Moves the level by one more norm, which met `state.threshold`. */
function record(state: AutoState, norm: number): void {
  const { norms, scatter, level } = state;
  norms.record(norm);
  scatter.record(norm);
  const median = medianOf(state);
  const isStart = norms.size <= WINDOW / 2;
  if (level === 0 || median < level || (isStart && median > FAR * level)) {
    if (state.held >= WINDOW) {
      state.knownLevel = level;
      state.knownScatter = state.calmScatter;
    }
    take(state, median, scatter.mean);
    state.phase = isStart ? 'start' : 'lower';
  } else if (isStart) {
    state.level = Math.min(median, level * START_GROWTH);
    state.calmScatter = scatter.mean;
    state.phase = 'start';
  } else if (norms.size === WINDOW && norms.at(LOWEST) > MULTIPLE * level) rise(state, median);
  else {
    if (isLike(state, state.calmScatter)) state.level = Math.min(median, level * (1 + 1 / PATIENCE));
    state.phase = norm > state.threshold ? 'spike' : 'calm';
    state.held++;
    state.evidence = 0;
  }
}

/** Whether norms scatter now no more than when this was the scatter. */
function isLike({ scatter }: AutoState, earlier: number): boolean {
  return scatter.mean <= TOLERANCE * Math.max(earlier, LEAST_SCATTER);
}

/** One more step of a lasting rise. */
function rise(state: AutoState, median: number): void {
  const { calmScatter, knownLevel, knownScatter } = state;
  const isQuiet = isLike(state, calmScatter);
  const isReturn = !isQuiet && median <= MULTIPLE * knownLevel && isLike(state, knownScatter);
  state.risen++;
  state.evidence = isQuiet || isReturn ? state.evidence + 1 : Math.max(0, state.evidence - 1);
  if (state.evidence >= ENOUGH) {
    take(state, median, isReturn ? knownScatter : calmScatter);
    state.phase = isReturn ? 'return' : 'restart';
  } else {
    state.level = Math.min(state.level * (1 + state.risen / PATIENCE ** 2), Number.MAX_VALUE);
    state.phase = isQuiet || isReturn ? 'rise' : 'explosion';
  }
}

function take(state: AutoState, level: number, calmScatter: number): void {
  state.level = level;
  state.calmScatter = calmScatter;
  state.held = 0;
  state.risen = 0;
  state.evidence = 0;
}

function explain(state: AutoState): string {
  const { phase, threshold, level, calmScatter, scatter, risen, evidence, norms } = state;
  if (level === 0) return 'no threshold: no norm above 0 is known';
  const used = threshold === Infinity ? 'no threshold' : `threshold ${short(threshold)}`;
  const now = `the calm level is now ${short(level)}, the threshold ${short(multipleOf(state))} times that`;
  const noise = `scatter ${short(scatter.mean)}, ${short(calmScatter)} when calm`;
  switch (phase) {
    case 'zero':
      return `${used}; the norm was 0, which is not recorded; ${now}`;
    case 'start':
      return `${used}; ${norms.size} norms are known, their median is ${short(medianOf(state))}; ${now}`;
    case 'lower':
      return `${used}; the median has just fallen to its lowest so far; ${now}`;
    case 'calm':
      return `${used}; ${now}`;
    case 'spike':
      return `${used}; the norm was above it, where auto asks for the median, or for the threshold if that is less: a spike, noise, or the beginning of a rise; ${now}`;
    case 'restart':
      return `${used}; change of scale: the norms have risen for good without more scatter (${noise}); ${now}`;
    case 'return':
      return `${used}; the norms have returned to a level that had held before; ${now}`;
    case 'rise':
      return `${used}; a lasting rise that scatters as calm norms did (${noise}): a change of scale after ${ENOUGH - evidence} more such steps; ${now}`;
    case 'explosion':
      return `${used}; explosion: the norms have risen for ${risen} steps with more scatter (${noise}), so the threshold grows only slowly; ${now}`;
  }
}
