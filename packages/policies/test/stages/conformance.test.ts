import { encode } from '@gradclip/core';
import type { GradientStage } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { stageChecks } from '@gradclip/core/testing';
import { adafactorClip, adopt, policiesPlugin, spam, stableAdamW, stableSpam, uClip } from '@gradclip/policies';
import { describe, expect, test } from 'vitest';

const registry = createRegistry([policiesPlugin]);

/** 8 bytes an element are 11 characters when saved, which count as 4/3 values and one at least; steps and elements are counted. */
const anElement = (length: number): number => Math.ceil((4 * length) / 3) + 3;
/** Whatever the tensor. */
const fiveNumbers = (): number => 5;

const stages: readonly [make: () => GradientStage<any>, stateSize: (length: number) => number][] = [
  [() => adafactorClip(), anElement],
  [() => adafactorClip({ d: 0.5, decayRate: 0.5, eps1: 1e-3 }), anElement],
  [() => adopt(), anElement],
  [() => adopt({ beta2: 0.9, eps: 1e-3, exponent: 0, guarded: true }), anElement],
  [() => spam({ gradAccuSteps: 5 }), anElement],
  [() => spam({ theta: 4, beta2: 0.9, deltaT: 30, gradAccuSteps: 0, guarded: true }), anElement],
  [() => spam({ theta: 9, deltaT: Infinity, gradAccuSteps: 2 }), anElement],
  [() => stableAdamW(), anElement],
  [() => stableAdamW({ beta2: 0.9, eps: 0.1 }), anElement],
  [() => stableSpam(), fiveNumbers],
  [() => stableSpam({ gamma3: 0.9, deltaT: 20, totalT: 80 }), fiveNumbers],
  [() => stableSpam({ gamma3: 0.9, deltaT: 20, guarded: true }), fiveNumbers],
  [() => uClip(), anElement],
  [() => uClip({ gamma: 0.5, carryLimit: 10 }), anElement],
];

describe.each(stages.map(([make, stateSize]) => ({ label: labelOf(make()), make, stateSize })))(
  '$label',
  ({ make, stateSize }) => {
    for (const { name, run } of stageChecks(make, { registry, stateSize })) test(name, run);
  },
);

test('every stage of the plugin is among them', () => {
  const names = new Set(stages.map(([make]) => make().name));
  expect([...names]).toEqual(Object.keys(policiesPlugin.stages!));
});

function labelOf({ name, options }: GradientStage): string {
  return `${name} ${encode(options!)}`;
}
