import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '@gradclip/example-compare/testing';
import { decode } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { command } from '../src/command.ts';
import { keyOf } from '../src/job.ts';
import type { Job } from '../src/job.ts';
import { openForAdding, readResults } from '../src/running/resultFile.ts';
import { madeUp, newFolder } from './fixture.ts';

interface Way {
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly run?: (job: Job) => void;
}

/** Runs the command with made-up results, in a pipe unless it is told how wide the terminal is. */
async function run(line: string, { columns, env = {}, run: before = () => {} }: Way = {}) {
  const [stdout, stderr] = [capture(columns), capture(columns)];
  const controller = new AbortController();
  const ran: string[] = [];
  const code = await command(line.split(' '), {
    stdout,
    stderr,
    env,
    signal: controller.signal,
    async runJobs(jobs, _threads, { started, done }) {
      for (const job of jobs) {
        started(job);
        before(job);
        ran.push(keyOf(job));
        done(madeUp(job));
      }
    },
  });
  return { code, out: stdout.text(), err: stderr.text(), ran };
}

const little = '--tasks A --settings 1e --policies none,auto --seeds design --limit 1';

describe('the command', () => {
  test('prints tables and targets, and nothing else in a pipe', async () => {
    const { code, out, err, ran } = await run(little);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(ran).toHaveLength(8);
    expect(out).toContain('A: heavy-tailed regression at five scales; design seeds 1 to 12, 1 known');
    expect(out).not.toContain('\u001b');
  });

  test('has colours in a terminal, unless the environment says NO_COLOR', async () => {
    const all = '--tasks A --policies none,auto --seeds design --limit 1';
    expect((await run(all, { columns: 100 })).out).toContain('\u001b[32mhit*\u001b[39m');
    const { out, err } = await run(all, { columns: 100, env: { NO_COLOR: '1' } });
    expect(out).not.toContain('\u001b');
    expect(err).toContain('10 of 10 runs');
  });

  test('design and held-out seeds have tables of their own', async () => {
    const { out } = await run('--tasks A,B --policies auto --limit 1');
    const titles = out.split('\n').filter((line) => /(design|held-out) seeds/.test(line));
    expect(titles).toEqual([
      'A: heavy-tailed regression at five scales; design seeds 1 to 12, 1 known',
      'A: heavy-tailed regression at five scales; held-out seeds 101 to 115, 1 known',
      'B: the scale moves inside the run; design seeds 1 to 12, 1 known',
      'B: the scale moves inside the run; held-out seeds 101 to 115, 1 known',
      'Targets, design seeds',
      'Targets, held-out seeds',
    ]);
  });

  test('an error: its message, exit code 1, and what was known', async () => {
    const file = join(newFolder(), 'new', 'a.jsonl');
    const fail = ({ policy, setting }: Job) => {
      if (policy === 'auto' && setting === '1e-2') throw new Error('auto broke off: no such luck');
    };
    const { code, out, err } = await run(`${little} --resume ${file}`, { run: fail });
    expect(code).toBe(1);
    expect(err).toBe('auto broke off: no such luck\n');
    expect(out).toContain('1e-2');
    expect(readResults(file).size).toBe(3);
  });

  test.each([
    ['--workers none', "--workers must be a whole number from 1 to 256, got 'none'. --help lists the options.\n"],
    ['--show --resume /nowhere/a.jsonl', 'ENOENT'],
    ['--also /nowhere/a.jsonl', 'ENOENT'],
    [`--report ${newFolder()}`, 'is a folder'],
    [`--resume ${newFolder()}`, 'EISDIR'],
  ])('%s: one sentence, exit code 2, nothing is run', async (line, message) => {
    const { code, out, err, ran } = await run(line);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err.trimEnd()).not.toContain('\n');
    expect([out, ran]).toEqual(['', []]);
  });

  test('--help', async () => expect(await run('--help')).toMatchObject({ code: 0, err: '', ran: [] }));
});

describe('files of results', () => {
  const file = () => join(newFolder(), 'a.jsonl');

  test('what is known is not run again', async () => {
    const path = file();
    const first = await run(`${little} --resume ${path}`);
    expect(readResults(path).size).toBe(8);
    const second = await run(`${little} --limit 2 --resume ${path}`);
    expect(second.ran).toHaveLength(8);
    expect(second.ran.filter((key) => first.ran.includes(key))).toEqual([]);
    expect(await run(`${little} --resume ${path}`)).toMatchObject({ out: first.out, ran: [] });
  });

  test('two files do not know of each other', async () => {
    const [one, other] = [file(), file()];
    await run(`${little} --resume ${one}`);
    const { ran } = await run(`${little} --resume ${other}`);
    expect(ran).toHaveLength(8);
    expect(readFileSync(one, 'utf8')).toBe(readFileSync(other, 'utf8'));
  });

  test('--also reads another file and writes nothing there', async () => {
    const [one, other] = [file(), file()];
    await run(`${little} --policies none --resume ${one}`);
    const before = readFileSync(one, 'utf8');
    const { ran, out } = await run(`${little} --also ${one} --resume ${other}`);
    expect(ran.every((key) => key.includes('auto'))).toBe(true);
    expect(out).toMatch(/^none /m);
    expect(readFileSync(one, 'utf8')).toBe(before);
    expect(readResults(other).size).toBe(4);
  });

  test('--show runs nothing, and uses policies that are not shown to compare with', async () => {
    const path = file();
    const add = openForAdding(path);
    for (const policy of ['auto', 'percentile-10', 'none'])
      for (const setting of ['rate x0.3', 'rate x1', 'rate x3', 'clean, rate x1'])
        for (const seed of [1, 2]) add({ ...madeUp({ task: 'digits', policy, setting, seed }), value: 0.9 });
    const { ran, out } = await run(`--show --resume ${path} --tasks digits --policies auto`);
    expect(ran).toEqual([]);
    expect(out).toMatch(/^auto +hit\* +–$/m);
    expect(out).not.toContain('percentile-10');
  });

  test('--json has cells, hits and the best constants', async () => {
    const { out } = await run('--tasks A --seeds design --limit 2 --json');
    const { cells, hits, scores, bestConstants } = decode(out) as Record<string, object[]>;
    expect(cells).toHaveLength(5 * hits!.length);
    expect(cells![0]).toMatchObject({ task: 'A', set: 'design', policy: 'none', known: 2, planned: 12 });
    expect(hits).toContainEqual({ policy: 'auto', set: 'design', hits: 0, judged: 0 });
    expect(scores!.find((score) => 'policy' in score && score.policy === 'auto')).toMatchObject({
      hit: true,
      verdicts: [{ target: 'at most 0.09 at every scale', hit: true }],
    });
    expect(bestConstants).toMatchObject([{ task: 'A', overall: { policies: ['fixed-1'], value: 0 } }]);
  });

  test('--markdown, and a report in a new folder', async () => {
    const report = join(newFolder(), 'new', 'report.html');
    const { out } = await run(`${little} --markdown --report ${report}`);
    expect(out.startsWith('## Design seeds\n')).toBe(true);
    expect(out).not.toContain('Report:');
    expect(readFileSync(report, 'utf8')).toContain('<!doctype html>');
    const written = await run(`${little} --report ${report}`);
    expect(written.out).toContain(`Report: file://${report}`);
  });

  test('a file of something else is left alone', async () => {
    const path = file();
    writeFileSync(path, 'my thesis\n');
    expect(await run(`${little} --resume ${path}`)).toMatchObject({ code: 2, ran: [] });
    expect(readFileSync(path, 'utf8')).toBe('my thesis\n');
    expect(existsSync(`${path}~`)).toBe(false);
  });
});
