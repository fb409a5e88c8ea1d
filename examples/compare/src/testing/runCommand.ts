import { command } from '../command.ts';
import type { Trainer } from '../pool.ts';
import type { Task } from '../task.ts';
import { capture } from './capture.ts';

export interface Outcome {
  /** The exit code. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs the command of a task as in a pipe.
 *
 * @param line The options, separated by single spaces.
 */
export async function runCommand(
  task: Task,
  line: string,
  trainer: Trainer,
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const stdout = capture();
  const stderr = capture();
  const surroundings = { stdout, stderr, env: {}, signal, trainer: () => trainer };
  const code = await command(task, line.split(' '), surroundings);
  return { code, out: stdout.text(), err: stderr.text() };
}
