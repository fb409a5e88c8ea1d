import { defaults } from './options.ts';
import { unitOf } from './task.ts';
import type { Task } from './task.ts';
import { wrap } from './terminal/wrap.ts';

/** What `--help` prints: the task, the options, the runs. */
export function help(task: Task): string {
  const { name, command = `node examples/${name}/dist/main.js`, description, seedOf, runs } = task;
  const { steps, seed, seeds, workers, report } = defaults(task);
  return `${wrap(description, 80)}

Usage: ${command} [options]

  --steps N         training ${unitOf(task)}s of each run (${steps})
  --seed N          seed of ${seedOf} (${seed})
  --seeds N         repeat every run with N seeds, from --seed on (${seeds})
  --policies a,b    only these runs (all)
  --workers N       threads that train at a time (${workers})
  --report PATH     where to write the report (${report})
  --json            print one JSON document and nothing else
  --help            this text

Runs for --policies:
${runs.map((run) => `  ${run.name.padEnd(21)}${run.title}`).join('\n')}
`;
}
