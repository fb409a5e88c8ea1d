/** What a task's worker needs: no terminal, no report. */
export { explainer } from './explain.ts';
export { did } from './history.ts';
export type { History } from './history.ts';
export { createRandom, gaussian, shuffle } from './random.ts';
export type { Random } from './random.ts';
export { createRecorder } from './recorder.ts';
export type { Recorder, StepFacts } from './recorder.ts';
export type { Alert, Job, Progress, RunResult, Watch } from './result.ts';
export { findRun } from './run.ts';
export type { Run } from './run.ts';
export { serve } from './serve.ts';
