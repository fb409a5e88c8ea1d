import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Selection } from './job.ts';
import { candidate, candidates } from './policies.ts';
import type { SeedSet, Task } from './task.ts';
import { findTask, tasks } from './tasks.ts';

export interface Options extends Selection {
  /** Threads. */
  readonly workers: number;
  /** File of results to continue and to append to; undefined: nothing is kept. */
  readonly resume: string | undefined;
  /** Files of results that are only read. */
  readonly also: readonly string[];
  /** Nothing is trained. */
  readonly show: boolean;
  /** What is printed. */
  readonly format: 'text' | 'json' | 'markdown';
  /** Where a page with pictures is written; undefined: none is. */
  readonly report: string | undefined;
}

/**
 * Reads the command line; 'help' when that is asked for.
 * @throws Error with a sentence for the person who typed it
 */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const values = read(argv);
  if (values.help) return 'help';
  if (values.json && values.markdown) throw new Error('--json and --markdown are two formats: choose one.');
  const files = [values.resume, ...values.also, values.report].filter((path) => path !== undefined);
  if (files.includes('')) throw new Error('--resume, --also and --report need the path of a file.');
  if (values.show && values.resume === undefined && values.also.length === 0)
    throw new Error('--show trains nothing, so it needs results: --resume FILE or --also FILE.');
  const chosen = names(values.tasks, tasks).map(findTask);
  return {
    tasks: chosen,
    policies: names(values.policies, candidates).map((name) => candidate(name).name),
    sets: setsOf(values.seeds),
    wants: settingsOf(values.settings, chosen),
    limit: values.limit === undefined ? Infinity : count('limit', values.limit, 1e6),
    workers: values.workers === undefined ? availableParallelism() : count('workers', values.workers, 256),
    resume: values.resume,
    also: values.also,
    show: values.show,
    format: values.json ? 'json' : values.markdown ? 'markdown' : 'text',
    report: values.report,
  };
}

interface Values {
  readonly tasks?: string;
  readonly policies?: string;
  readonly settings: string;
  readonly seeds: string;
  readonly limit?: string;
  readonly workers?: string;
  readonly resume?: string;
  readonly also: readonly string[];
  readonly show: boolean;
  readonly json: boolean;
  readonly markdown: boolean;
  readonly report?: string;
  readonly help: boolean;
}

function read(argv: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        tasks: { type: 'string' },
        policies: { type: 'string' },
        settings: { type: 'string', default: '' },
        seeds: { type: 'string', default: 'both' },
        limit: { type: 'string' },
        workers: { type: 'string' },
        resume: { type: 'string' },
        also: { type: 'string', multiple: true, default: [] },
        show: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        report: { type: 'string' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values;
  } catch (error) {
    // The first sentence names the option; what follows is about arguments without a name, which there are none of.
    throw new Error(`${(error as Error).message.split(/\. |\.?\n|\.$/)[0]}.`, { cause: error });
  }
}

/** The names of a list, each once, in the order of the tables. */
function names(text: string | undefined, all: readonly { readonly name: string }[]): readonly string[] {
  if (text === undefined) return all.map(({ name }) => name);
  const wanted = new Set(text.split(',').map((name) => name.trim()));
  const known = all.map(({ name }) => name).filter((name) => wanted.has(name));
  return [...known, ...wanted].filter((name, i, list) => list.indexOf(name) === i);
}

function settingsOf(text: string, chosen: readonly Task[]): (setting: string) => boolean {
  const wants = (setting: string): boolean => setting.includes(text);
  const all = chosen.flatMap(({ settings }) => settings);
  if (all.some(wants)) return wants;
  throw new Error(`No setting of these tasks holds '${text}'. There are ${all.join('; ')}.`);
}

function setsOf(text: string): readonly SeedSet[] {
  if (text === 'both') return ['design', 'held-out'];
  if (text === 'design' || text === 'held-out') return [text];
  throw new Error(`--seeds must be design, held-out or both, got '${text}'.`);
}

function count(name: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new Error(`--${name} must be a whole number from 1 to ${most}, got '${text}'.`);
}
