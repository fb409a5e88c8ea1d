// Two policies of your own: one a reducer with an option, one an RxJS chain. Both run through the published checks.
import { simulate } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { medianOfFive, plugin, timesTheMean } from './policies.ts';

const norms = [1, 1.2, 0.9, 30, 1.1, 1];
const registry = createRegistry([plugin]);

for (const policy of [timesTheMean({ multiple: 2 }), medianOfFive]) {
  console.log(`\n${policy.name}`);
  for (const { norm, threshold, action, normAfter } of simulate(policy, norms))
    console.log(`  norm ${norm}  threshold ${threshold.toPrecision(3)}  ${action}  after ${normAfter.toPrecision(3)}`);
  // A chain has no options, so no registry can make it again.
  const checks = policyChecks(() => policy, policy.options === undefined ? {} : { registry });
  for (const { run } of checks) await run();
  console.log(`  ${checks.length} checks passed`);
}
