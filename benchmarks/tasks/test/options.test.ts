import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { help } from '../src/help.ts';
import { parseOptions } from '../src/options.ts';
import type { Options } from '../src/options.ts';
import { candidates } from '../src/policies.ts';
import { wrap } from '../src/wrap.ts';

function parse(...argv: readonly string[]): Options {
  const options = parseOptions(argv);
  if (options === 'help') throw new Error('no help was asked for');
  return options;
}

describe('the command line', () => {
  test('has everything as its default', () => {
    const options = parse();
    expect(options.tasks.map(({ name }) => name)).toEqual(['A', 'B', 'C', 'D', 'digits', 'text']);
    expect(options.policies).toEqual(candidates.map(({ name }) => name));
    expect(options).toMatchObject({ sets: ['design', 'held-out'], workers: availableParallelism(), limit: Infinity });
    expect(options).toMatchObject({ format: 'text', show: false, resume: undefined, also: [] });
  });

  test('takes names once, in the order of the tables', () => {
    const { tasks, policies } = parse('--tasks', 'D, A,D', '--policies', 'auto,none,auto');
    expect(tasks.map(({ name }) => name)).toEqual(['A', 'D']);
    expect(policies).toEqual(['none', 'auto']);
  });

  test('takes several files to read', () => {
    expect(parse('--also', 'a', '--also', 'b', '--show')).toMatchObject({ also: ['a', 'b'], show: true });
  });

  test.each([
    [['--tasks', 'X'], "There is no task 'X'. There are A, B, C, D, digits, text."],
    [['--policies', 'magic'], "There is no policy 'magic'."],
    [['--policies', ''], "There is no policy ''."],
    [['--settings', 'T=40'], "No setting of these tasks holds 'T=40'. There are 1e-4; 1e-2;"],
    [['--seeds', 'all'], "--seeds must be design, held-out or both, got 'all'."],
    [['--limit', '1.5'], "--limit must be a whole number from 1 to 1000000, got '1.5'."],
    [['--workers', '0'], "--workers must be a whole number from 1 to 256, got '0'."],
    [['--workers', '1000'], 'from 1 to 256'],
    [['--json', '--markdown'], '--json and --markdown are two formats: choose one.'],
    [['--show'], '--show trains nothing, so it needs results: --resume FILE or --also FILE.'],
    [['--resume', ''], 'need the path of a file'],
    [['--colour'], "Unknown option '--colour'."],
    [['A'], "Unexpected argument 'A'."],
    [['--limit'], "Option '--limit <value>' argument missing."],
  ])('%s', (argv, message) => expect(() => parseOptions(argv)).toThrow(message));

  test('the help names every option and policy, in lines that fit', () => {
    const text = help();
    for (const option of [
      'tasks',
      'settings',
      'seeds',
      'limit',
      'workers',
      'resume',
      'also',
      'show',
      'report',
      'markdown',
    ])
      expect(text).toContain(`--${option} `);
    for (const { name } of candidates) expect(text).toContain(name);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });
});

test('a text is wrapped at spaces', () => {
  expect(wrap('one two three', 7)).toBe('one two\nthree');
  expect(wrap('one two three', 7, '  ')).toBe('  one\n  two\n  three');
  expect(wrap('incomprehensible', 4, '- ')).toBe('- incomprehensible');
});
