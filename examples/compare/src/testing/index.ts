/** What the tests of a task need. */
export { capture } from './capture.ts';
export { madeUp } from './madeUp.ts';
export { runCommand } from './runCommand.ts';
export type { Outcome } from './runCommand.ts';
export { summarise } from '../summary.ts';
export { trainHere } from './trainHere.ts';
