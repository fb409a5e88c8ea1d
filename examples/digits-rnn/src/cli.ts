import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { conclude } from './conclusion.ts';
import type { Conclusion } from './conclusion.ts';
import { loadDigits } from './data.ts';
import { toJson } from './document.ts';
import { grouped, plural } from './format.ts';
import { help, OptionError, parseOptions } from './options.ts';
import type { Options } from './options.ts';
import { JobError } from './pool.ts';
import type { Trainer } from './pool.ts';
import { page } from './report/page.ts';
import type { Job, RunResult } from './result.ts';
import { summarise } from './summary.ts';
import { createPaint } from './terminal/colour.ts';
import { createDisplay, silent } from './terminal/display.ts';
import { table } from './terminal/table.ts';
import { wrap } from './terminal/wrap.ts';

/** What the command touches besides files. */
export interface Surroundings {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  trainer(workers: number): Trainer;
}

/** The whole command: 0 when all went well, 1 after an error, 2 for options that cannot be used, 130 when stopped. */
export async function command(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  try {
    const options = parseOptions(argv);
    if (options === 'help') {
      stdout.write(help);
      return 0;
    }
    checkReportPath(options.report);
    return await compare(options, surroundings);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof OptionError ? 2 : 1;
  }
}

async function compare(options: Options, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, env, signal } = surroundings;
  const begin = performance.now();
  const jobs = listJobs(options);
  if (!options.json) stdout.write(`${wrap(opening(options, jobs.length), widthOf(stdout))}\n\n`);

  const digits = loadDigits();
  const stream = options.json ? stderr : stdout;
  const hidden = options.json && !stderr.isTTY;
  const display = hidden ? silent : createDisplay(stream, options.runs, jobs, createPaint(stream, env));
  let results: readonly RunResult[];
  let failure: JobError | undefined;
  try {
    results = await surroundings.trainer(options.workers)(jobs, digits, display, signal);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    failure = error;
    results = error.results;
  } finally {
    display.close();
  }

  present(options, jobs, results, (performance.now() - begin) / 1000, surroundings);
  if (failure) throw failure;
  return signal.aborted ? 130 : 0;
}

/** Writes the report and prints the rest, whatever results there are. */
function present(
  options: Options,
  jobs: readonly Job[],
  results: readonly RunResult[],
  seconds: number,
  { stdout, env }: Surroundings,
): void {
  const summaries = summarise(options.runs, results);
  const conclusion = conclude(summaries);
  const finished = results.filter(({ ending }) => ending !== 'stopped').length;
  const complete = finished === jobs.length;
  const report = resolve(options.report);
  if (options.json) {
    stdout.write(`${toJson(options, summaries, { conclusion, complete, seconds, report })}\n`);
  } else {
    const paragraphs = [
      ...(summaries.length ? [table(summaries, createPaint(stdout, env))] : []),
      ...(complete ? [] : [`Stopped early: ${finished} of ${plural(jobs.length, 'run')} complete.`]),
      sentences(conclusion, widthOf(stdout)),
    ];
    stdout.write(`${paragraphs.join('\n\n')}\n\n`);
  }
  writeFileSync(report, page({ options, summaries, conclusion, complete, seconds }));
  if (options.json) return;
  stdout.write(`${plural(results.length, 'run')} in ${seconds.toFixed(0)} s. Report: ${pathToFileURL(report).href}\n`);
}

function sentences({ shows, doesNotShow }: Conclusion, width: number): string {
  return `${wrap(shows, width)}\n${wrap(doesNotShow, width)}`;
}

/** Seed by seed, so that the first comparison is complete early. */
function listJobs({ runs, steps, seed, seeds }: Options): Job[] {
  return Array.from({ length: seeds }, (_, i) => runs.map((run) => ({ run: run.name, seed: seed + i, steps }))).flat();
}

function opening({ steps, seed, seeds, workers }: Options, runs: number): string {
  const from = seeds > 1 ? `seeds ${seed} to ${seed + seeds - 1}` : `seed ${seed}`;
  return (
    `Training one small recurrent network on handwritten digits: ${plural(runs, 'run')} of ${grouped(steps)} steps, ` +
    `${from}, ${workers} at a time. 8 of the 8,000 training images are damaged on purpose: ` +
    'their pixels are 255 times too large.'
  );
}

function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns ?? 80, 100);
}

/** Before the training, not after. */
function checkReportPath(path: string): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new OptionError(`--report cannot be written: there is no folder '${folder}' that one may write to.`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new OptionError(`--report needs the path of a file, and '${path}' is a folder.`);
}
