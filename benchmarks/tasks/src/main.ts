// Every clipping policy on small training tasks: `node benchmarks/tasks/dist/main.js --help`.
import { command } from './command.ts';
import { runJobs } from './running/pool.ts';

const { stdout, stderr, env } = process;
const controller = new AbortController();

process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
});

// Whoever reads a pipe may leave early, as `head` does.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await command(process.argv.slice(2), { stdout, stderr, env, signal: controller.signal, runJobs });
