import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, trainHere } from '@gradclip/example-compare/testing';
import { afterAll, expect, test } from 'vitest';
import { task } from '../src/task.ts';
import { train } from '../src/train.ts';

const folder = mkdtempSync(join(tmpdir(), 'digits-rnn-'));
afterAll(() => rmSync(folder, { recursive: true }));

const here = trainHere(train);

test('a few steps from start to report', async () => {
  const report = join(folder, 'few.html');
  const line = `--steps 12 --policies none,fixed-1,auto,percentile-10-clean --report ${report}`;
  const { code, out, err } = await runCommand(task, line, here);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const words of [
    'Training one small recurrent network on handwritten digits: 4 runs of 12 steps',
    'none: started',
    'fixed 1: finished, accuracy',
    'with 8 damaged images',
    'clean images',
    'percentile 10 ',
  ])
    expect(out).toContain(words);
  const html = readFileSync(report, 'utf8');
  for (const words of ['guessing', 'cross entropy', 'batch with a damaged image', 'Yann LeCun', 'In the last step: '])
    expect(html).toContain(words);
});

test('--json has the sizes of the task and the data of each run', async () => {
  const report = join(folder, 'json.html');
  const line = `--json --steps 3 --seeds 2 --seed 5 --policies fixed-1 --report ${report}`;
  const { out } = await runCommand(task, line, here);
  expect(JSON.parse(out)).toMatchObject({
    task: { name: 'digits-rnn', steps: 3, batchSize: 32, damagedImages: 8, firstSeed: 5, seeds: 2 },
    complete: true,
    report,
    runs: [
      {
        name: 'fixed-1',
        data: 'damaged',
        results: [
          { seed: 5, steps: 3 },
          { seed: 6, steps: 3 },
        ],
      },
    ],
  });
});

test('--help names the command, the defaults and the runs', async () => {
  const { out } = await runCommand(task, '--help', here);
  for (const words of ['npm start -- [options]', '(800)', '(report.html)', 'percentile-10-clean'])
    expect(out).toContain(words);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
