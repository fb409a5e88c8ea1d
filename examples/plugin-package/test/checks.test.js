import { test } from 'node:test';
import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { medianOfMeans, plugin } from 'clip-policy-median-of-means';

const registry = createRegistry([plugin]);
/** Options, and after how many steps one strange norm, and a lasting change of level, are past. */
const cases = [
  { options: {}, recovers: { poison: 20, shift: 59 } },
  { options: { multiple: 0.5, blocks: 4, size: 3 }, recovers: { poison: 6, shift: 9 } },
  { options: { blocks: 1, size: 1 }, recovers: { poison: 1, shift: 1 } },
];

for (const { options, recovers } of cases) {
  const stateSize = 4 + medianOfMeans(options).options.blocks;
  const promises = { equivariant: true, recovers, stateSize };
  for (const { name, run } of policyChecks(() => medianOfMeans(options), { registry, ...promises }))
    test(`${JSON.stringify(options)} ${name}`, () => run());
}
