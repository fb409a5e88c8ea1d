import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import { encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { bestConstants } from './constants.ts';
import { help } from './help.ts';
import { keyOf, plan } from './job.ts';
import type { Job, Result, Selection } from './job.ts';
import { markdownOf } from './markdown.ts';
import { parseOptions } from './options.ts';
import type { Options } from './options.ts';
import { candidates } from './policies.ts';
import { pageOf } from './report/page.ts';
import type { runJobs } from './running/pool.ts';
import { createProgress } from './running/progress.ts';
import { openForAdding, readResults } from './running/resultFile.ts';
import { scoreboard } from './scoreboard.ts';
import { summarize } from './summary.ts';
import type { Cell } from './summary.ts';
import { plain, scoreTable, tableOf } from './table.ts';
import type { Paint } from './table.ts';

/** What the command touches besides files. */
export interface Surroundings {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  readonly runJobs: typeof runJobs;
}

/** The whole command: 0 when all went well, 1 after an error, 2 for options that cannot be used, 130 when it was stopped. */
export async function command(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  let prepared: Prepared;
  try {
    const options = parseOptions(argv);
    if (options === 'help') {
      stdout.write(help());
      return 0;
    }
    prepared = prepare(options);
  } catch (error) {
    stderr.write(`${(error as Error).message} --help lists the options.\n`);
    return 2;
  }
  let failure: Error | undefined;
  try {
    await train(prepared, surroundings);
  } catch (error) {
    failure = error as Error;
  }
  present(prepared, surroundings);
  if (failure) stderr.write(`${failure.message}\n`);
  return failure ? 1 : surroundings.signal.aborted ? 130 : 0;
}

interface Prepared {
  readonly options: Options;
  /** What is known; training adds to it. */
  readonly results: Map<string, Result>;
  /** What is to be trained. */
  readonly jobs: readonly Job[];
  readonly keep: (result: Result) => void;
}

/**
 * Reads and opens the files: what cannot be written is said before the training, not after it.
 * @throws Error with a sentence
 */
function prepare(options: Options): Prepared {
  const { resume, also, show, report } = options;
  const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
  const files = resume !== undefined && (show || isThere(resume)) ? [...also, resume] : also;
  const results = new Map(files.flatMap((path) => [...readResults(path)]));
  if (report !== undefined) {
    mkdirSync(dirname(resolve(report)), { recursive: true });
    if (isThere(report) && statSync(report).isDirectory())
      throw new Error(`--report needs the path of a file, and '${report}' is a folder.`);
  }
  if (resume !== undefined && !show) mkdirSync(dirname(resolve(resume)), { recursive: true });
  return {
    options,
    results,
    jobs: show ? [] : plan(options).filter((job) => !results.has(keyOf(job))),
    keep: resume !== undefined && !show ? openForAdding(resume) : () => {},
  };
}

async function train({ options, results, jobs, keep }: Prepared, surroundings: Surroundings): Promise<void> {
  const { stderr, signal } = surroundings;
  const progress = createProgress(stderr, jobs, results.values(), options.workers);
  const done = (result: Result): void => {
    results.set(keyOf(result), result);
    keep(result);
    progress.done(result);
  };
  try {
    await surroundings.runJobs(jobs, options.workers, { started: progress.started, done }, signal);
  } finally {
    progress.end();
  }
}

/** Prints what is known, and writes the report. */
function present({ options, results }: Prepared, { stdout, env }: Surroundings): void {
  const { policies, sets, tasks, report, format } = options;
  // Of policies that are not shown, too: some targets compare with them.
  const cells = summarize({ ...options, policies: candidates.map(({ name }) => name) }, results);
  const coloured: Paint = (colour, text) => styleText(colour, text, { validateStream: false });
  const paint = stdout.isTTY && !env['NO_COLOR'] ? coloured : plain;
  if (format === 'json') stdout.write(`${encode(asJson(options, cells))}\n`);
  else if (format === 'markdown') stdout.write(markdownOf(options, cells));
  else {
    const texts = [
      ...tasks.flatMap((task) => sets.map((set) => tableOf(task, set, policies, cells, paint))),
      ...sets.map((set) => scoreTable(options, set, scoreboard(options, set, cells), paint)),
    ];
    stdout.write(`${texts.filter((text) => text !== '').join('\n')}`);
  }
  if (report === undefined) return;
  writeFileSync(report, pageOf(options, cells));
  if (format === 'text') stdout.write(`\nReport: ${pathToFileURL(resolve(report)).href}\n`);
}

function asJson(options: Selection, cells: readonly Cell[]): Json {
  const { tasks, sets, policies } = options;
  const rows = sets.flatMap((set) => scoreboard(options, set, cells));
  return {
    cells: cells.filter(({ policy }) => policies.includes(policy)),
    hits: rows.map(({ policy, set, hits, judged }) => ({ policy, set, hits, judged })),
    // A result that is not known is null.
    scores: rows.flatMap(({ scores }) =>
      scores.map(({ verdicts, ...score }) => ({
        ...score,
        hit: score.hit ?? null,
        verdicts: verdicts.map((verdict) => ({ ...verdict, hit: verdict.hit ?? null })),
      })),
    ),
    bestConstants: tasks.flatMap((task) => sets.flatMap((set) => bestConstants(task, set, cells) ?? [])),
  } as unknown as Json;
}
