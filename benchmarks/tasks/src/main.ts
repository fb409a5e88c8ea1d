// Every clipping policy on small training tasks: `node benchmarks/tasks/dist/main.js --help`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { keyOf, plan } from './job.ts';
import type { Result } from './job.ts';
import { HELP, parseOptions } from './options.ts';
import type { Options } from './options.ts';
import { pageOf } from './report/page.ts';
import { runJobs } from './running/pool.ts';
import { createProgress } from './running/progress.ts';
import { openResults } from './running/resultFile.ts';
import { summarize } from './summary.ts';
import { tableOf } from './table.ts';

process.exitCode = await command();

async function command(): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message} --help lists the options.`);
    return 2;
  }
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const { resume, json, report } = options;
  const results = new Map<string, Result>();
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  await runAll(options, resume, results, controller.signal);

  const cells = summarize(options, results);
  if (json) console.log(encode(cells as unknown as Json));
  else
    for (const task of options.tasks)
      for (const set of options.sets) {
        const table = tableOf(task, set, cells);
        if (table) console.log(table);
      }
  if (report !== undefined) {
    mkdirSync(dirname(report), { recursive: true });
    writeFileSync(report, pageOf(options, cells));
    if (!json) console.log(`Report: ${report}`);
  }
  return controller.signal.aborted ? 130 : 0;
}

/** Fills `results` with what the file knows and with what is run now. */
async function runAll(
  options: Options,
  path: string | undefined,
  results: Map<string, Result>,
  signal: AbortSignal,
): Promise<void> {
  const jobs = plan(options);
  const file = path === undefined ? undefined : openResults(path);
  for (const job of jobs) {
    const known = file?.known.get(keyOf(job));
    if (known) results.set(keyOf(job), known);
  }
  const missing = jobs.filter((job) => !results.has(keyOf(job)));
  const progress = createProgress(process.stderr, missing.length, results.size);
  const done = (result: Result): void => {
    results.set(keyOf(result), result);
    file?.add(result);
    progress.done(keyOf(result));
  };
  await runJobs(missing, options.workers, done, signal);
  progress.end();
}
