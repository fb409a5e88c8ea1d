import { rewarm } from '@gradclip/core';
import type { ClipPolicy } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import {
  adaGC,
  agc,
  autoClip,
  logNorm,
  medianMultiple,
  normQueue,
  quantileTracking,
  twoAverages,
  zClip,
} from '../src/index.ts';
import { outcomes } from './published.ts';
import { noise } from './support.ts';

const LATE = 1200;

/** Each rule as a default or near it, and with which poison in its first steps it is still stuck 1,000 steps later. */
const rules: [name: string, make: () => ClipPolicy, stuck?: readonly number[]][] = [
  ['autoClip', () => autoClip({ p: 50 })],
  ['autoClip of a window', () => autoClip({ p: 50, window: 100 })],
  ['autoClip of TensorFlow', () => autoClip({ variant: 'tensorflow', p: 50 })],
  // Mean and deviation begin at the poison, and what follows is a spike.
  ['zClip', () => zClip(), [1e-300]],
  ['zClip of the paper', () => zClip({ variant: 'paper' }), [1e-300]],
  ["zClip, 'mean'", () => zClip({ adjustment: 'mean', maxGradNorm: Infinity }), [0, 1e-300]],
  ["zClip, 'max'", () => zClip({ adjustment: 'max', maxGradNorm: Infinity }), [1e-300]],
  ["zClip, 'percentile'", () => zClip({ mode: 'percentile', maxGradNorm: Infinity }), [1e-300]],
  // gamma begins at the smallest norm and rises by 1.0004 a step.
  ['adaGC', () => adaGC(), [1e-300]],
  ['adaGC, not guarded', () => adaGC({ guarded: false }), [1e-300]],
  ['adaGC, one norm', () => adaGC({ scope: 'global' }), [1e-300]],
  ['agc', () => agc({ lambda: 1 })],
  ['quantileTracking', () => quantileTracking()],
  ['quantileTracking, arithmetic', () => quantileTracking({ update: 'arithmetic' })],
  ['quantileTracking, two bounds', () => quantileTracking({ zeroing: {} })],
  ['logNorm', () => logNorm()],
  ['logNorm with its step', () => logNorm({ globalStep: true })],
  // They rise by 1 and by 5 percent a step: 300 powers of ten take thousands of steps.
  ['twoAverages', () => twoAverages(), [1e-300]],
  ['normQueue without a seed', () => normQueue({ seed: Infinity }), [1e-300]],
  ['normQueue', () => normQueue()],
  ['medianMultiple, rolling', () => medianMultiple()],
  ['medianMultiple, periodic', () => medianMultiple({ kind: 'periodic' })],
];

/** Norms around 1, with 30 times the poison from the first step on or after 200 steps. */
function poisoned(poison: number, at: number): number[] {
  const random = noise(3);
  return Array.from({ length: LATE }, (_, step) => (step >= at && step < at + 30 ? poison : 0.5 + random.next().value));
}

/** The largest share of a norm that is left in the last 20 steps. */
function shareLeft(policy: ClipPolicy, norms: readonly number[]): number {
  const fields = (norm: number) => ({ globalNorm: Math.min(1.1 * norm, 1.7e308), maxAbs: norm / 2, weightNorm: 1 });
  const answers = outcomes(policy, norms, fields);
  for (const { bound } of answers)
    expect(Object.values(typeof bound === 'number' ? { bound } : bound)).not.toContain(NaN);
  return Math.max(...answers.slice(-20).map(({ after }, i) => after / norms[LATE - 20 + i]!));
}

describe.each(rules)('%s', (_, make, stuck = []) => {
  test.each([0, 1e300, 1e-300])('from the first step on: %d', (poison) => {
    const norms = poisoned(poison, 0);
    if (!stuck.includes(poison)) return expect(shareLeft(make(), norms)).toBeGreaterThan(0.3);
    expect(shareLeft(make(), norms)).toBeLessThan(0.05);
    expect(shareLeft(rewarm(make(), { after: 150 }), norms)).toBeGreaterThan(0.3); // longer than every warm-up
  });

  test.each([0, 1e300, 1e-300])('after 200 steps: %d', (poison) => {
    expect(shareLeft(make(), poisoned(poison, 200))).toBeGreaterThan(0.3);
  });
});
