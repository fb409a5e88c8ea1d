import { expect, test } from 'vitest';
import type { Progress } from '../src/result.ts';
import { createBars } from '../src/terminal/bars.ts';
import { createPaint } from '../src/terminal/colour.ts';
import { createLines } from '../src/terminal/lines.ts';
import { headerLine, layOut, rowLine } from '../src/terminal/row.ts';
import { createStandings } from '../src/terminal/standing.ts';
import { capture, madeUp } from '../src/testing/index.ts';
import { failure, otherTask, task } from './fixture.ts';

const { runs } = task;
const jobs = runs.map(({ name }) => ({ run: name, seed: 1, steps: 40 }));
const progress: Progress = { step: 20, curve: 1.234, value: 0.5, norm: 1234, threshold: 4.2, clipRate: 0.25 };
const plain = createPaint({ isTTY: false }, {});
const escape = '\u001b[';

function standingsInAllStates() {
  const standings = createStandings(runs, jobs);
  standings.started(failure.job);
  standings.finished(failure);
  standings.started(jobs[1]!);
  standings.progress(jobs[1]!, progress);
  standings.started(jobs[2]!);
  standings.progress(jobs[2]!, { ...progress, step: 40 });
  standings.finished(madeUp('fixed-1'));
  return standings;
}

test.each([32, 50, 72, 80, 100, 120, 200])('every line fits a terminal of %i columns', (width) => {
  const { rows } = standingsInAllStates();
  const lines = [
    headerLine(layOut(task, width), plain),
    ...rows.map((row) => rowLine(row, layOut(task, width), plain)),
  ];
  for (const line of lines) expect(line.length, line).toBeLessThan(width);
});

test('80 columns have room for every number', () => {
  const { rows } = standingsInAllStates();
  const layout = layOut(task, 80);
  expect(headerLine(layout, plain)).toBe(
    'policy               progress     step   loss accuracy   norm threshold clipped',
  );
  expect(rows.slice(0, 4).map((row) => rowLine(row, layout, plain))).toEqual([
    'none                 ███░░░░░░░░ failed: not finite after step 12',
    'fixed 0.1            ██████░░░░░    20   1.23   50.0 %  1.2e3      4.20    25 %',
    'fixed 1              ███████████    40   1.23   87.5 %  1.2e3      4.20    25 %',
    'fixed 3              ░░░░░░░░░░░ waiting',
  ]);
});

test('the columns are named after the task', () => {
  const { rows } = standingsInAllStates();
  const layout = layOut(otherTask, 100);
  expect(headerLine(layout, plain).replace(/ +/g, ' ')).toBe(
    'policy progress episode return perplexity norm threshold clipped',
  );
  expect(rowLine(rows[1]!, layout, plain).replace(/ +/g, ' ')).toMatch(/ 20 1\.23 0\.50 1\.2e3 4\.20 25 %$/);
});

test('the bars of several seeds fill up when all of them are over', () => {
  const two = [1, 2].map((seed) => ({ run: 'none', seed, steps: 40 }));
  const standings = createStandings(runs.slice(0, 1), two);
  for (const job of two) {
    standings.started(job);
    standings.finished({ ...failure, job });
  }
  expect(standings.rows[0]).toMatchObject({ stepsTaken: 80, totalSteps: 80, running: 0 });
});

test('colours need a terminal, and no NO_COLOR', () => {
  const painted = createPaint({ isTTY: true }, {})('red', 'x');
  expect(painted).toContain(escape);
  expect(createPaint({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).toBe('x');
  expect(createPaint({ isTTY: true }, { NO_COLOR: '' })('red', 'x')).toBe(painted);
  expect(createPaint({}, {})('red', 'x')).toBe('x');
});

test('the live view draws a line for each run and takes them away', async () => {
  const terminal = capture(80);
  const bars = createBars(terminal, task, standingsInAllStates(), createPaint(terminal, { NO_COLOR: '1' }));
  await new Promise((done) => setTimeout(done, 150));
  bars.close();
  for (const { title } of runs) expect(terminal.text()).toContain(title);
  expect(terminal.text()).toContain('2 of 9 runs in 0 s.');
  expect(terminal.text().trimEnd()).toSatisfy((text: string) => text.endsWith(`${escape}0J`)); // cleared to the end
});

test('lines are plain', () => {
  const lines: string[] = [];
  const display = createLines((line) => lines.push(line), task, createStandings(runs, jobs));
  display.started(failure.job);
  display.finished(failure);
  display.finished(madeUp('fixed-1'));
  display.close();
  expect(lines).toEqual([
    '   0 s  none: started',
    '   0 s  none: failed, not finite after step 12',
    '   0 s  fixed 1: finished, accuracy 87.5 %, 30 % of the steps clipped',
  ]);
});

test('running trainings get a line now and then', async () => {
  const lines: string[] = [];
  const display = createLines((line) => lines.push(line), task, createStandings(runs, jobs), 0.02);
  display.started(jobs[1]!);
  display.progress(jobs[1]!, progress);
  await new Promise((done) => setTimeout(done, 60));
  display.close();
  expect(lines[1]).toBe('   0 s  fixed 0.1: step 20 of 40, loss 1.23, norm 1.2e3');
});
