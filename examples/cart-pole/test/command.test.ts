import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, trainHere } from '@gradclip/example-compare/testing';
import { afterAll, expect, test } from 'vitest';
import { task } from '../src/task.ts';
import { train } from '../src/train.ts';

const folder = mkdtempSync(join(tmpdir(), 'cart-pole-'));
afterAll(() => rmSync(folder, { recursive: true }));

const here = trainHere(train);

test('a few steps from start to report', async () => {
  const report = join(folder, 'few.html');
  const line = `--steps 4 --seeds 1 --policies none,percentile-10,fixed-1-adam --report ${report}`;
  const { code, out, err } = await runCommand(task, line, here);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const words of [
    'Training a small network to balance a pole on a cart: 3 runs of 4 steps',
    'fixed 1, Adam: finished, return',
    'SGD at rate 0.5',
    'Adam at rate 0.03',
    'percentile 10 ',
  ])
    expect(out).toContain(words);
  const html = readFileSync(report, 'utf8');
  for (const words of ['random play', 'moves of a game', 'Barto, Sutton and Anderson', 'seeds 9 to 16'])
    expect(html).toContain(words);
});

test('--json has the sizes of the task, and optimizer and rate of each run', async () => {
  const report = join(folder, 'json.html');
  const line = `--json --steps 2 --seeds 2 --seed 5 --policies fixed-1-slow --report ${report}`;
  const { out } = await runCommand(task, line, here);
  expect(JSON.parse(out)).toMatchObject({
    task: { name: 'cart-pole', steps: 2, gamesPerStep: 10, mostMoves: 500, testGames: 100, firstSeed: 5, seeds: 2 },
    complete: true,
    runs: [
      {
        name: 'fixed-1-slow',
        optimizer: 'sgd',
        rate: 0.05,
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
  for (const words of ['examples/cart-pole/dist/main.js [options]', '(100)', '(3)', 'percentile-10-adam'])
    expect(out).toContain(words);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
