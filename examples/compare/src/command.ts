import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toJson } from './document.ts';
import { grouped, plural } from './format.ts';
import { help } from './help.ts';
import { OptionError, parseOptions } from './options.ts';
import type { Options } from './options.ts';
import { JobError } from './pool.ts';
import type { Trainer } from './pool.ts';
import { page } from './report/page.ts';
import { checkReportPath } from './reportPath.ts';
import type { Job, RunResult } from './result.ts';
import { summarise } from './summary.ts';
import { unitOf } from './task.ts';
import type { Conclusion, Task } from './task.ts';
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
export async function command(task: Task, argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  try {
    const options = parseOptions(task, argv);
    if (options === 'help') {
      stdout.write(help(task));
      return 0;
    }
    checkReportPath(options.report);
    return await compare(task, options, surroundings);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof OptionError ? 2 : 1;
  }
}

async function compare(task: Task, options: Options, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, env, signal } = surroundings;
  const begin = performance.now();
  const jobs = listJobs(options);
  if (!options.json) stdout.write(`${wrap(opening(task, options, jobs.length), widthOf(stdout))}\n\n`);

  const setup = await task.setup?.();
  const stream = options.json ? stderr : stdout;
  const hidden = options.json && !stderr.isTTY;
  const display = hidden ? silent : createDisplay(stream, task, options.runs, jobs, createPaint(stream, env));
  let results: readonly RunResult[];
  let failure: JobError | undefined;
  try {
    results = await surroundings.trainer(options.workers)(jobs, setup, display, signal);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    failure = error;
    results = error.results;
  } finally {
    display.close();
  }

  present(task, options, jobs, results, (performance.now() - begin) / 1000, surroundings);
  if (failure) throw failure;
  return signal.aborted ? 130 : 0;
}

/** Writes the report and prints the rest, whatever results there are. */
function present(
  task: Task,
  options: Options,
  jobs: readonly Job[],
  results: readonly RunResult[],
  seconds: number,
  { stdout, env }: Surroundings,
): void {
  const summaries = summarise(task.metric, options.runs, results);
  const conclusion = task.conclude(summaries);
  const finished = results.filter(({ ending }) => ending !== 'stopped').length;
  const complete = finished === jobs.length;
  const report = resolve(options.report);
  if (options.json) {
    stdout.write(`${toJson(task, options, summaries, { conclusion, complete, seconds, report })}\n`);
  } else {
    const paragraphs = [
      ...(summaries.length ? [table(task, summaries, createPaint(stdout, env))] : []),
      ...(complete ? [] : [`Stopped early: ${finished} of ${plural(jobs.length, 'run')} complete.`]),
      sentences(conclusion, widthOf(stdout)),
    ];
    stdout.write(`${paragraphs.join('\n\n')}\n\n`);
  }
  writeFileSync(report, page({ task, options, summaries, conclusion, complete, seconds }));
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

function opening(task: Task, { steps, seed, seeds, workers }: Options, runs: number): string {
  const size = `${plural(runs, 'run')} of ${grouped(steps)} ${unitOf(task)}s`;
  const from = seeds > 1 ? `seeds ${seed} to ${seed + seeds - 1}` : `seed ${seed}`;
  const note = task.note === undefined ? '' : ` ${task.note}`;
  return `Training ${task.subject}: ${size}, ${from}, ${workers} at a time.${note}`;
}

function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns || 80, 100); // some terminals say 0
}
