export type { AdapterUnderTest } from './adapter/trial.ts';
export { adapterChecks } from './adapterChecks.ts';
export type { Check } from './check.ts';
export { policyChecks } from './policyChecks.ts';
export type { PolicyCheckOptions } from './policyChecks.ts';
export { stageChecks } from './stageChecks.ts';
export type { StageCheckOptions } from './stageChecks.ts';
