import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, trainHere } from '@gradclip/example-compare/testing';
import { afterAll, expect, test } from 'vitest';
import { task } from '../src/task.ts';
import { train } from '../src/train.ts';

const folder = mkdtempSync(join(tmpdir(), 'rul-bilstm-'));
afterAll(() => rmSync(folder, { recursive: true }));

const here = trainHere(train);

test('a few steps from start to report', async () => {
  const report = join(folder, 'few.html');
  const line = `--steps 2 --policies none,fixed-1-shares,percentile-50-clean --report ${report}`;
  const { code, out, err } = await runCommand(task, line, here);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const words of [
    'Training one bidirectional LSTM on generated runs of machines: 3 runs',
    'fixed 1, shares: started',
    'loss in cycles squared',
    'in shares of 125 cycles',
    'cycles squared, no life unknown',
    'Loss in cycles squared: RMSE',
  ])
    expect(out).toContain(words);
  const html = readFileSync(report, 'utf8');
  for (const words of ['guessing', 'squared error', 'batch with an unknown life', 'Generated, no real machine'])
    expect(html).toContain(words);
});

test('--json has the sizes of the task and the data of each run', async () => {
  const line = `--json --steps 2 --seeds 2 --seed 5 --policies fixed-1 --report ${join(folder, 'json.html')}`;
  const { out } = await runCommand(task, line, here);
  expect(JSON.parse(out)).toMatchObject({
    task: { name: 'rul-bilstm', steps: 2, batchSize: 32, testMachines: 40, firstSeed: 5, seeds: 2 },
    complete: true,
    runs: [{ name: 'fixed-1', unknown: 12, results: [{ seed: 5, steps: 2 }, { seed: 6 }] }],
  });
});

test('--help names the command, the defaults and the runs', async () => {
  const { out } = await runCommand(task, '--help', here);
  for (const words of ['node examples/rul-bilstm/dist/main.js [options]', '(150)', 'percentile-50-shares'])
    expect(out).toContain(words);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
