import { encode, rewarm } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import type { PolicyCheckOptions } from '@gradclip/core/testing';
import {
  adaGC,
  agc,
  aggc,
  auto,
  autoClip,
  autoS,
  averageNorm,
  blockRms,
  clipValue,
  decaying,
  fixed,
  logNorm,
  meanPlusStd,
  medianMultiple,
  movingAverage,
  normalize,
  normQueue,
  percentile,
  psac,
  quantileTracking,
  skipSpikes,
  smoothClip,
  targetClipRate,
  twoAverages,
  zClip,
} from '../src/index.ts';

/** The largest number of steps that counts as recovering, and of values that count as bounded. */
export const MOST_STEPS = 2_000;
export const MOST_VALUES = 2_000;

/** What a promise says where the rule cannot make it: it may lock up for good, or keeps its whole history. */
const never = Infinity;
const grows = Infinity;

/** The columns are those of {@link Row}. */
type Promised = readonly [
  make: () => ClipPolicy<any>,
  equivariant: boolean,
  poison: number,
  shift: number,
  stateSize: number,
];

const noCap = { maxGradNorm: Infinity };
const arithmetic = { update: 'arithmetic', learningRate: 0.01 } as const;
const guardedOpenSora = { variant: 'openSora', guarded: true } as const;

/**
 * Every policy, with its defaults and as the variants that differ here. Whether its bounds multiply with the norms; within
 * how many steps it has recovered from one norm of 0, 5e-324, 1e-300, 1e300 or 1.8e308, in its warm-up or after it; from a
 * lasting change of level of 100 times, up and down; and how many values are saved of a key.
 */
const promised: readonly Promised[] = [
  [() => auto(), true, 15, 200, 270],
  [() => fixed(), false, 0, 0, 1],
  [() => fixed(Infinity), true, 0, 0, 1],
  [() => decaying({ schedule: 'linear', from: 5, to: 0.5, steps: 70 }), false, 0, 0, 1],
  // It falls, and never rises again.
  [() => decaying({ schedule: 'on-hits', from: 10, to: 0.1, factor: 0.9, rate: 0.5, window: 100 }), false, 0, never, 3],
  [() => movingAverage(), true, 10, 250, 11],
  [() => movingAverage({ kind: 'simple' }), true, 100, 300, 104],
  [() => movingAverage({ record: 'raw' }), true, never, 250, 11],
  [() => movingAverage({ record: 'accepted' }), true, 10, never, 11],
  [() => percentile({ p: 10 }), true, 10, 1_000, 1_001],
  [() => percentile({ p: 90 }), true, 10, 1_000, 1_001],
  [() => percentile({ p: 50, window: 200 }), true, 2, 130, 201],
  [() => percentile({ p: 50, window: Infinity }), true, 2, 1_500, grows],
  [() => percentile({ p: 50, window: 200, record: 'clipped' }), true, never, never, 201],
  [() => autoClip(), true, 10, never, grows],
  [() => autoClip({ p: 50, window: 200 }), true, 5, 130, 201],
  [() => autoClip({ variant: 'tensorflow' }), true, 5, never, grows],
  // What saves it is maxGradNorm: 1.
  [() => zClip(), false, 0, 200, 29],
  [() => zClip(noCap), false, never, never, 29],
  [() => zClip({ variant: 'paper' }), false, never, never, 29],
  [() => zClip({ ...noCap, adjustment: 'mean' }), false, never, never, 29],
  [() => zClip({ ...noCap, adjustment: 'max' }), false, never, 350, 29],
  [() => zClip({ ...noCap, mode: 'percentile' }), true, never, 350, 29],
  [() => adaGC(), false, never, 600, 3],
  [() => adaGC({ guarded: false }), false, never, 600, 3],
  [() => adaGC({ variant: 'paper' }), false, never, never, 3],
  [() => adaGC({ variant: 'ernie' }), false, never, never, 3],
  [() => adaGC({ scope: 'global' }), false, never, never, 3],
  [() => agc(), false, 0, 0, 1],
  // It leaves 0.9 of every norm, whatever came before.
  [() => aggc(), true, 0, 0, 1],
  [() => aggc({ variant: 'grpo', totalSteps: 100 }), true, 0, 0, 1],
  [() => aggc({ highMult: 2, maxDownScale: 0, totalSteps: 100 }), true, never, never, 1],
  [() => quantileTracking(), false, 0, 50, 2],
  [() => quantileTracking({ initialEstimate: 'first' }), true, never, 50, 2],
  [() => quantileTracking(arithmetic), false, 0, 800, 2],
  [() => quantileTracking({ zeroing: {} }), false, 0, 30, 2],
  [() => logNorm(), false, 200, 50, 5],
  [() => logNorm({ globalStep: true }), false, 200, 50, 5],
  [() => twoAverages(), false, never, 400, 6],
  [() => twoAverages({ guarded: false }), false, never, 400, 6],
  [() => normQueue(), false, 1, 100, 155],
  [() => normQueue({ seed: Infinity }), true, never, 100, 155],
  [() => medianMultiple(), true, 2, 75, 129],
  [() => medianMultiple({ multiple: 2 }), true, 2, 75, 129],
  [() => medianMultiple({ kind: 'periodic' }), true, 10, 100, 101],
  [() => meanPlusStd(), false, 130, 130, 388],
  [() => meanPlusStd({ variant: 'openSora' }), false, never, 1_000, 2],
  [() => meanPlusStd(guardedOpenSora), true, never, never, 2],
  [() => averageNorm({ clipNorm: 0.001 }), false, 0, 0, 1],
  [() => blockRms(), false, 0, 0, 1],
  [() => clipValue({ value: 0.5 }), false, 0, 0, 1],
  [() => normalize(), false, 0, 0, 1],
  [() => smoothClip(), false, 0, 0, 1],
  [() => autoS(), false, 0, 0, 1],
  [() => psac(), false, 0, 0, 1],
  [() => skipSpikes(), true, 130, 5, 776],
  [() => skipSpikes({ on: 'norm' }), true, 130, 5, 395],
  [() => skipSpikes({ on: 'norm', guarded: true }), true, 130, 5, 395],
  [() => skipSpikes({ on: 'loss' }), true, 0, 0, 395],
  [() => skipSpikes({ variant: 'levanter' }), false, 130, 5, 776],
  [() => skipSpikes({ variant: 'levanter', on: 'norm' }), false, 130, 5, 395],
  [() => skipSpikes({ variant: 'rnmt' }), false, 0, 100, 3],
  [() => skipSpikes({ variant: 'megatron', threshold: 5 }), false, 0, 0, 1],
  [() => skipSpikes({ variant: 'megatronRerun' }), true, never, never, 2],
  [() => targetClipRate({ low: 0.1, high: 0.3 }), true, 75, 100, 5],
  // A threshold that stays too low is repaired; one that stays too high meets no hits.
  [() => rewarm(zClip(noCap), { after: 100 }), false, never, 200, 31],
  [() => rewarm(adaGC({ record: 'raw' }), { after: 200 }), false, 300, 600, 5],
  [() => rewarm(movingAverage({ record: 'accepted' }), { after: 100 }), true, 10, 250, 13],
  [() => rewarm(autoClip({ p: 50 }), { after: 100 }), true, 5, 1_500, grows],
  [() => rewarm(twoAverages(), { after: 100 }), false, never, 130, 8],
  [() => rewarm(normQueue({ seed: Infinity }), { after: 100 }), true, 130, 100, 157],
];

export interface Row {
  readonly label: string;
  make(): ClipPolicy<any>;
  /** What is promised. */
  readonly promises: PolicyCheckOptions;
  /** What is not, as it would be promised at its most modest: no such promise would be kept. */
  readonly broken: readonly PolicyCheckOptions[];
}

export const rows: readonly Row[] = promised.map(([make, equivariant, poison, shift, stateSize]) => {
  const { name, options } = make();
  const recovers = { ...(poison < never && { poison }), ...(shift < never && { shift }) };
  const size = stateSize < grows ? { stateSize } : {};
  const broken: PolicyCheckOptions[] = [];
  if (!equivariant) broken.push({ equivariant: 'rounded' });
  if (poison === never) broken.push({ recovers: { poison: MOST_STEPS } });
  if (shift === never) broken.push({ recovers: { shift: MOST_STEPS } });
  if (stateSize === grows) broken.push({ stateSize: MOST_VALUES });
  // Numbers are not far above the truth.
  if (poison >= 10 && poison < never) broken.push({ recovers: { poison: Math.floor(poison / 3) } });
  if (shift >= 10 && shift < never) broken.push({ recovers: { shift: Math.floor(shift / 3) } });
  if (stateSize >= 10 && stateSize < grows) broken.push({ stateSize: Math.floor(stateSize / 2) });
  return { label: `${name} ${encode(options!)}`, make, promises: { equivariant, recovers, ...size }, broken };
});
