import { parseArgs } from 'node:util';
import { runs } from './runs.ts';
import type { Run } from './runs.ts';

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

export const help: string = `Trains one small recurrent network on handwritten digits under several gradient
clipping policies, from the same start and on the same batches, and compares
what becomes of it. 8 of the 8,000 training images are damaged on purpose.

Usage: npm start -- [options]

  --steps N         training steps of each run (800)
  --seed N          seed of weights, order of images and damage (1)
  --seeds N         repeat every run with N seeds, from --seed on (1)
  --policies a,b    only these runs (all)
  --workers N       threads that train at a time (2)
  --report PATH     where to write the report (report.html)
  --json            print one JSON document and nothing else
  --help            this text

Runs for --policies:
${runs.map(({ name, title, data }) => `  ${name.padEnd(21)}${describe(title, data)}`).join('\n')}
`;

function describe(title: string, data: Run['data']): string {
  return data === 'clean' ? `${title} training images` : title;
}

/**
 * Reads the command line; 'help' when that is asked for.
 * @throws OptionError
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const values = read(argv);
  if (values.help) return 'help';
  const report = values.report ?? 'report.html';
  if (report === '') throw new OptionError('--report needs the path of a file.');
  const seed = integer('seed', values.seed, 1, 0, 1e9);
  return {
    steps: integer('steps', values.steps, 800, 1, 100_000),
    seed,
    seeds: integer('seeds', values.seeds, 1, 1, 100),
    runs: chooseRuns(values.policies),
    workers: integer('workers', values.workers, 2, 1, 64),
    json: values.json ?? false,
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

function chooseRuns(text: string | undefined): readonly Run[] {
  if (text === undefined) return runs;
  const names = text.split(',').map((name) => name.trim());
  const known = runs.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length)
    throw new OptionError(`--policies does not know '${unknown.join("', '")}'. It knows ${known.join(', ')}.`);
  return runs.filter(({ name }) => names.includes(name));
}
