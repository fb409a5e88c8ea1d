import { command } from './command.ts';
import { trainInThreads } from './pool.ts';
import type { Task } from './task.ts';

/** The whole of a task's main script: reads the command line, trains in threads, prints, sets the exit code. */
export async function main(task: Task): Promise<void> {
  const { stdout, stderr, env } = process;
  const controller = new AbortController();

  process.on('SIGINT', () => {
    if (!controller.signal.aborted) return controller.abort();
    // The second time: at once, with the cursor and the line wrapping of the terminal as they were.
    for (const stream of [stdout, stderr]) if (stream.isTTY) stream.write('\u001b[?25h\u001b[?7h\n');
    process.exit(130);
  });

  // Whoever reads a pipe may leave early, as `head` does.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

  process.exitCode = await command(task, process.argv.slice(2), {
    stdout,
    stderr,
    env,
    signal: controller.signal,
    trainer: (workers) => trainInThreads(task.worker, workers),
  });
}
