export type { AdapterUnderTest } from './adapter/trial.ts';
export { adapterChecks } from './adapterChecks.ts';
export type { Check } from './check.ts';
export type { Equivariance } from './policy/equivariance.ts';
export type { Recovery } from './policy/recovery.ts';
export { policyChecks } from './policyChecks.ts';
export type { PolicyCheckOptions } from './policyChecks.ts';
export { stageChecks } from './stageChecks.ts';
export type { StageCheckOptions } from './stageChecks.ts';
