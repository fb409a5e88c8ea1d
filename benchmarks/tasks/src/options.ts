import { parseArgs } from 'node:util';
import type { Selection } from './job.ts';
import { candidate, candidates } from './policies.ts';
import type { SeedSet } from './task.ts';
import { findTask, tasks } from './tasks.ts';

export interface Options extends Selection {
  /** Threads. */
  readonly workers: number;
  /** File of results to continue and to append to; undefined: nothing is kept. */
  readonly resume: string | undefined;
  readonly json: boolean;
  /** Where a page with pictures is written; undefined: none is. */
  readonly report: string | undefined;
}

export const HELP: string = `node benchmarks/tasks/dist/main.js [options]

Trains small networks under every clipping policy and prints, for each task, what became of them.

  --tasks A,B        of ${tasks.map(({ name }) => name).join(', ')}; default all
  --policies auto,…  of those below; default all
  --settings TEXT    only settings whose name holds this text, such as T=30
  --seeds SET        design, held-out or both; default both
  --limit N          at most so many seeds of each set
  --workers N        threads, default 1
  --resume FILE      appends each result to FILE (JSON lines) and does not repeat what is there
  --json             prints the cells of the tables as JSON
  --report FILE      writes a page with pictures
  --help             this text

Policies: ${candidates.map(({ name }) => name).join(', ')}
`;

/**
 * Reads the command line; 'help' when that is asked for.
 * @throws Error with a sentence for the person who typed it
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      tasks: { type: 'string' },
      policies: { type: 'string' },
      settings: { type: 'string', default: '' },
      seeds: { type: 'string', default: 'both' },
      limit: { type: 'string' },
      workers: { type: 'string', default: '1' },
      resume: { type: 'string' },
      json: { type: 'boolean', default: false },
      report: { type: 'string' },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  if (values.help) return 'help';
  const names = (text: string | undefined, all: readonly { name: string }[]): string[] =>
    text === undefined ? all.map(({ name }) => name) : text.split(',').map((name) => name.trim());
  return {
    tasks: names(values.tasks, tasks).map(findTask),
    policies: names(values.policies, candidates).map((name) => candidate(name).name),
    sets: setsOf(values.seeds),
    wants: (setting) => setting.includes(values.settings),
    limit: values.limit === undefined ? Infinity : count('limit', values.limit),
    workers: count('workers', values.workers),
    resume: values.resume,
    json: values.json,
    report: values.report,
  };
}

function setsOf(text: string): readonly SeedSet[] {
  if (text === 'both') return ['design', 'held-out'];
  if (text === 'design' || text === 'held-out') return [text];
  throw new Error(`--seeds must be design, held-out or both, got '${text}'.`);
}

function count(name: string, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new Error(`--${name} must be a whole number from 1 on, got '${text}'.`);
}
