// Two policies of your own: one a reducer, one an RxJS chain. Both run through the published checks.
import { simulate } from '@gradclip/core';
import { policyChecks } from '@gradclip/core/testing';
import { medianOfFive, twiceTheMean } from './policies.ts';

const norms = [1, 1.2, 0.9, 30, 1.1, 1];

for (const policy of [twiceTheMean, medianOfFive]) {
  console.log(`\n${policy.name}`);
  for (const { norm, threshold, action, normAfter } of simulate(policy, norms))
    console.log(`  norm ${norm}  threshold ${threshold.toPrecision(3)}  ${action}  after ${normAfter.toPrecision(3)}`);
  const checks = policyChecks(() => policy);
  for (const { run } of checks) await run();
  console.log(`  ${checks.length} checks passed`);
}
