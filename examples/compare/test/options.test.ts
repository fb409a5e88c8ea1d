import { expect, test } from 'vitest';
import { help } from '../src/help.ts';
import { OptionError, parseOptions } from '../src/options.ts';
import type { Options } from '../src/options.ts';
import { otherTask, task } from './fixture.ts';

const parse = (line: string): Options => parseOptions(task, line.split(' ').filter(Boolean)) as Options;

test('without options everything has its default', () => {
  const { runs } = task;
  expect(parse('')).toEqual({
    steps: 800,
    seed: 1,
    seeds: 1,
    runs,
    workers: 2,
    json: false,
    report: 'trial-report.html',
  });
});

test('a task may have defaults of its own', () => {
  const own = { ...task, seeds: 3, report: 'x.html' };
  expect(parseOptions(own, [])).toMatchObject({ seeds: 3, report: 'x.html' });
  expect(help(own)).toContain('from --seed on (3)');
});

test('options are read', () => {
  const { runs: chosen, ...rest } = parse(
    '--steps 50 --seed 0 --seeds 3 --workers 4 --json --report a/b.html --policies fixed-1,none',
  );
  expect(rest).toEqual({ steps: 50, seed: 0, seeds: 3, workers: 4, json: true, report: 'a/b.html' });
  expect(chosen.map(({ name }) => name)).toEqual(['none', 'fixed-1']);
});

test('help names every option and every run', () => {
  expect(parseOptions(task, ['--steps', '5', '--help'])).toBe('help');
  const text = help(task);
  for (const name of ['steps', 'seed', 'seeds', 'policies', 'workers', 'report', 'json', 'help'])
    expect(text).toContain(`--${name} `);
  for (const { name, title } of task.runs) expect(text).toContain(`  ${name.padEnd(21)}${title}\n`);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('help says how to start the task, and what it counts', () => {
  expect(help(task)).toContain('Usage: node examples/trial/dist/main.js [options]');
  expect(help({ ...task, command: 'npm start --' })).toContain('Usage: npm start -- [options]');
  expect(help(otherTask)).toContain('training episodes of each run (40)');
});

test.each([
  ['--steps 0', "--steps must be a whole number from 1 to 100000, got '0'."],
  ['--steps 1e3', "--steps must be a whole number from 1 to 100000, got '1e3'."],
  ['--steps 2.5', "--steps must be a whole number from 1 to 100000, got '2.5'."],
  ['--seed=-1', "--seed must be a whole number from 0 to 1000000000, got '-1'."],
  ['--seeds none', "--seeds must be a whole number from 1 to 100, got 'none'."],
  ['--workers 0', "--workers must be a whole number from 1 to 64, got '0'."],
  ['--report=', '--report needs the path of a file.'],
  ['--policies', "Option '--policies <value>' argument missing. --help lists the options."],
  ['--what', "Unknown option '--what'. --help lists the options."],
  ['what', "Unexpected argument 'what'. --help lists the options."],
  ['--json=yes', "Option '--json' does not take an argument. --help lists the options."],
])('%s is refused in one line', (line, message) => {
  expect(() => parse(line)).toThrow(OptionError);
  expect(() => parse(line)).toThrow(message);
});

test('unknown policies are refused with those there are', () => {
  const names = task.runs.map(({ name }) => name).join(', ');
  expect(() => parse('--policies none,nope,neither')).toThrow(
    `--policies does not know 'nope', 'neither'. It knows ${names}.`,
  );
});
