import { parseArgs } from 'node:util';
import type { Run } from './run.ts';
import type { Task } from './task.ts';

export interface Options {
  readonly steps: number;
  readonly seed: number;
  /** How many seeds, from `seed` on. */
  readonly seeds: number;
  readonly runs: readonly Run[];
  readonly workers: number;
  readonly json: boolean;
  /** Where the report is written. */
  readonly report: string;
}

/** An option that cannot be used; the message is one line for the person who typed it. */
export class OptionError extends Error {}

/** What holds without options. */
export function defaults({ name, steps, seeds = 1, report = `${name}-report.html`, runs }: Task): Options {
  return { steps, seed: 1, seeds, runs, workers: 2, json: false, report };
}

/**
 * Reads the command line; 'help' when that is asked for.
 * @throws OptionError
 */
export function parseOptions(task: Task, argv: readonly string[]): Options | 'help' {
  const values = read(argv);
  if (values.help) return 'help';
  const otherwise = defaults(task);
  const report = values.report ?? otherwise.report;
  if (report === '') throw new OptionError('--report needs the path of a file.');
  return {
    steps: integer('steps', values.steps, otherwise.steps, 1, 100_000),
    seed: integer('seed', values.seed, otherwise.seed, 0, 1e9),
    seeds: integer('seeds', values.seeds, otherwise.seeds, 1, 100),
    runs: chooseRuns(task, values.policies),
    workers: integer('workers', values.workers, otherwise.workers, 1, 64),
    json: values.json ?? otherwise.json,
    report,
  };
}

interface Values {
  readonly steps?: string;
  readonly seed?: string;
  readonly seeds?: string;
  readonly policies?: string;
  readonly workers?: string;
  readonly report?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

function read(argv: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        steps: { type: 'string' },
        seed: { type: 'string' },
        seeds: { type: 'string' },
        policies: { type: 'string' },
        workers: { type: 'string' },
        report: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // The first sentence names the option; what follows is about positional arguments, which there are none of.
    const [sentence] = (error as Error).message.split(/\. |\n/);
    throw new OptionError(`${sentence?.replace(/\.$/, '')}. --help lists the options.`);
  }
}

function integer(name: string, text: string | undefined, otherwise: number, least: number, most: number): number {
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new OptionError(`--${name} must be a whole number from ${least} to ${most}, got '${text}'.`);
}

function chooseRuns({ runs }: Task, text: string | undefined): readonly Run[] {
  if (text === undefined) return runs;
  const names = text.split(',').map((name) => name.trim());
  const known = runs.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length)
    throw new OptionError(`--policies does not know '${unknown.join("', '")}'. It knows ${known.join(', ')}.`);
  return runs.filter(({ name }) => names.includes(name));
}
