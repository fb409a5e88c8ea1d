import type { Watcher } from '../pool.ts';
import type { Job } from '../result.ts';
import type { Run } from '../run.ts';
import type { Task } from '../task.ts';
import { createBars } from './bars.ts';
import type { Paint } from './colour.ts';
import { createLines } from './lines.ts';
import { createStandings } from './standing.ts';

/** Shows how the jobs go until it is closed. */
export interface Display extends Watcher {
  close(): void;
}

/** Bars on a terminal that is high enough for them, else lines. */
export function createDisplay(
  stream: NodeJS.WriteStream,
  task: Task,
  runs: readonly Run[],
  jobs: readonly Job[],
  paint: Paint,
): Display {
  const standings = createStandings(runs, jobs);
  if (stream.isTTY && (stream.rows ?? 24) > runs.length + 3) return createBars(stream, task, standings, paint);
  return createLines((line) => stream.write(`${line}\n`), task, standings);
}

/** Shows nothing. */
export const silent: Display = { started() {}, progress() {}, finished() {}, close() {} };
