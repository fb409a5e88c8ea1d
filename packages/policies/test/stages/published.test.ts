import { createClipper } from '@gradclip/core';
import type { GradientStages } from '@gradclip/core';
import { adafactorClip, adopt, spam, stableAdamW, stableSpam, uClip } from '@gradclip/policies';
import { describe, expect, test } from 'vitest';
import * as references from './references.ts';
import { gradients, sentBy } from './sequences.ts';

type Steps = readonly (readonly number[])[];

const stableSpamNumbers = {
  gamma1: 0.7,
  gamma2: 0.9,
  gamma3: 0.999,
  eps: 1e-8,
  deltaT: 1000,
  totalT: null,
  etaMin: 0.5,
  guarded: false,
};
const short = { ...stableSpamNumbers, gamma3: 0.9, deltaT: 20, totalT: 80 };
const unitNorm = (g: readonly number[]): number[] => {
  const norm = Math.hypot(...g);
  return g.map((x) => (norm > 1 ? x / norm : x));
};

const rules: [string, () => GradientStages, (steps: Steps) => number[][], number?][] = [
  ['spam', () => [spam()], (steps) => references.spamReference(steps, 5000, 0.999, 500, 20)],
  [
    'spam, short cycles',
    () => [spam({ theta: 4, beta2: 0.9, deltaT: 30, gradAccuSteps: 5 })],
    (steps) => references.spamReference(steps, 4, 0.9, 30, 5),
  ],
  [
    'spam without quiet steps',
    () => [spam({ theta: 9, beta2: 0.9, deltaT: 30, gradAccuSteps: 0 })],
    (steps) => references.spamReference(steps, 9, 0.9, 30, 0),
  ],
  [
    'spam, one cycle',
    () => [spam({ theta: 50, deltaT: Infinity })],
    (steps) => references.spamReference(steps, 50, 0.999, 1e9, 20),
  ],
  ['stableSpam', () => [stableSpam()], (steps) => references.stableSpamReference(steps, stableSpamNumbers)],
  ['stableSpam, short cycles', () => [stableSpam(short)], (steps) => references.stableSpamReference(steps, short)],
  [
    'stableSpam, guarded',
    () => [stableSpam({ ...short, guarded: true })],
    (steps) => references.stableSpamReference(steps, { ...short, guarded: true }),
  ],
  ['adafactorClip', () => [adafactorClip()], (steps) => references.adafactorReference(steps, 1, 0.8, 1e-30)],
  [
    'adafactorClip, other numbers',
    () => [adafactorClip({ d: 0.5, decayRate: 0.5, eps1: 1e-3 })],
    (steps) => references.adafactorReference(steps, 0.5, 0.5, 1e-3),
  ],
  ['stableAdamW', () => [stableAdamW()], (steps) => references.stableAdamWReference(steps, 0.99, 1e-6)],
  [
    'stableAdamW, other numbers',
    () => [stableAdamW({ beta2: 0.9, eps: 0.1 })],
    (steps) => references.stableAdamWReference(steps, 0.9, 0.1),
  ],
  ['adopt', () => [adopt()], (steps) => references.adoptReference(steps, 0.9999, 1e-6, 0.25)],
  [
    'adopt, other numbers',
    () => [adopt({ beta2: 0.9, eps: 1e-3, exponent: 0 })],
    (steps) => references.adoptReference(steps, 0.9, 1e-3, 0),
  ],
  [
    'uClip by elements',
    () => [uClip({ gamma: 2 })],
    (steps) => references.uClipReference(steps, (g) => g.map((x) => Math.max(-2, Math.min(2, x)))),
  ],
  ['uClip by the norm', () => [uClip()], (steps) => references.uClipReference(steps, unitNorm), 1],
];

describe.each(rules)('%s', (_, make, reference, threshold = Infinity) => {
  test.each([1, 2, 3])('is what was published, to 1e-10: gradients %i', (seed) => {
    const steps = gradients(seed);
    const wanted = reference(steps).flat();
    const sent = sentBy(make, steps, { clipper: createClipper(threshold) }).flat();
    const largest = Math.max(...wanted.map(Math.abs));
    sent.forEach((x, i) =>
      expect(Math.abs(x - wanted[i]!), `number ${i}`).toBeLessThanOrEqual(1e-10 * Math.min(1, largest)),
    );
    expect(sent).not.toEqual(steps.flat());
  });

  test('goes on bit for bit when saved and restored after every step', () => {
    const steps = gradients(4);
    const whole = sentBy(make, steps, { clipper: createClipper(threshold) });
    expect(sentBy(make, steps, { clipper: createClipper(threshold), restart: true })).toEqual(whole);
  });
});
