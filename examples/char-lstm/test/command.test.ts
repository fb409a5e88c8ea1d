import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, trainHere } from '@gradclip/example-compare/testing';
import { afterAll, expect, test } from 'vitest';
import { task } from '../src/task.ts';
import { train } from '../src/train.ts';
import { fewLetters } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'char-lstm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const quick = { ...task, setup: fewLetters };
const here = trainHere(train);

test('a few steps from start to report', async () => {
  const report = join(folder, 'few.html');
  const line = `--steps 3 --policies none,fixed-0.25,percentile-10-at-40 --report ${report}`;
  const { code, out, err } = await runCommand(quick, line, here);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const words of [
    'Training one LSTM on the letters of Moby Dick: 3 runs of 3 steps',
    'none: started',
    'fixed 0.25: failed, bits', // after three steps worse than the frequencies of the letters
    'learning rate 20',
    'learning rate 40',
    'percentile 10 ',
  ])
    expect(out).toContain(words);
  const html = readFileSync(report, 'utf8');
  for (const words of ['frequencies of letters', 'cross entropy', 'Herman Melville']) expect(html).toContain(words);
});

test('--json has the sizes of the task and the learning rate of each run', async () => {
  const report = join(folder, 'json.html');
  const line = `--json --steps 2 --seeds 2 --seed 5 --policies fixed-1 --report ${report}`;
  const { out } = await runCommand(quick, line, here);
  expect(JSON.parse(out)).toMatchObject({
    task: { name: 'char-lstm', steps: 2, batchSize: 16, firstSeed: 5, seeds: 2 },
    complete: true,
    runs: [
      {
        name: 'fixed-1',
        rate: 20,
        results: [
          { seed: 5, steps: 2 },
          { seed: 6, steps: 2 },
        ],
      },
    ],
  });
});

test('--help names the command, the defaults and the runs', async () => {
  const { out } = await runCommand(task, '--help', here);
  for (const words of ['node examples/char-lstm/dist/main.js [options]', '(250)', 'percentile-10-at-40 '])
    expect(out).toContain(words);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('names and titles have room in the tables', () => {
  for (const { name, title } of task.runs) {
    expect(name.length).toBeLessThan(21);
    expect(title.length).toBeLessThanOrEqual(20);
  }
});
