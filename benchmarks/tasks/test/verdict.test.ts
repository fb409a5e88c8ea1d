import { describe, expect, test } from 'vitest';
import { bestConstants, grid } from '../src/constants.ts';
import type { Result } from '../src/job.ts';
import { overText, scoreText, scoreboard } from '../src/scoreboard.ts';
import { scoreTable } from '../src/table.ts';
import { findTask } from '../src/tasks.ts';
import { indexOf, judge } from '../src/verdict.ts';
import { cellsOf, choose, everywhere, runs } from './fixture.ts';

const verdicts = (task: string, results: readonly Result[], policy = 'auto') =>
  judge(findTask(task), 'design', policy, indexOf(cellsOf(task, results)));
const score = (task: string, results: readonly Result[], policy = 'auto') => {
  const selection = choose({ tasks: [findTask(task)], policies: [policy] });
  return scoreboard(selection, 'design', cellsOf(task, results))[0]!.scores[0]!;
};

describe('a target', () => {
  test('at most: the worst setting decides', () => {
    const values = { ...everywhere('A', [0.08, 0.085, 0.2]), '1e2': [0.1, 0.1, 0.1] };
    const [verdict] = verdicts('A', runs('A', 'auto', values));
    expect(verdict).toMatchObject({ hit: false, setting: '1e2', known: 15, planned: 60 });
    expect(verdict!.over).toBeCloseTo(0.01);
    expect(verdicts('A', runs('A', 'auto', everywhere('A', [0.09])))).toMatchObject([{ hit: true }]);
  });

  test('a setting that is not known: no hit, but perhaps a miss already', () => {
    expect(verdicts('A', runs('A', 'auto', { 1: [0.05] }))).toMatchObject([{ hit: undefined, over: NaN }]);
    expect(verdicts('A', runs('A', 'auto', { 1: [0.5] }))).toMatchObject([{ hit: false }]);
    expect(verdicts('A', [])).toMatchObject([{ hit: undefined }]);
  });

  test('runs that lost their weights are a miss without measure', () => {
    const lost = score('A', runs('A', 'auto', { ...everywhere('A', [0.05]), 1: [NaN, NaN, 0.05] }));
    expect(lost).toMatchObject({ hit: false, over: Infinity });
    expect(scoreText(findTask('A'), lost)).toBe('lost*');
  });

  test('solved: all settings together', () => {
    const list = (solved: number, of: number) => Array.from({ length: of }, (_, i) => (i < solved ? 500 : NaN));
    const all = everywhere('C', list(16, 16));
    // 58 of 64 is 29 of 32.
    const narrow = {
      ...all,
      'T=30 rate=0.1': list(13, 16),
      'T=30 rate=0.2': list(16, 16),
      'T=20 rate=0.02': list(0, 16),
    };
    expect(verdicts('C', runs('C', 'auto', narrow))).toMatchObject([{ hit: true }, { hit: true, over: 0 }]);
    const short = { ...narrow, 'T=30 rate=0.2': list(15, 16), 'T=20 rate=0.1': list(14, 16) };
    const missed = score('C', runs('C', 'auto', short));
    expect(missed).toMatchObject({ hit: false, over: 3, partial: false });
    expect(scoreText(findTask('C'), missed)).toBe('missed by 3 of 80 runs');
  });

  test('solved: what is missing in one setting, another one may make up for', () => {
    const list = (solved: number, of: number) => Array.from({ length: of }, (_, i) => (i < solved ? 500 : NaN));
    const one = { 'T=30 rate=0.1': list(13, 16) };
    expect(verdicts('C', runs('C', 'auto', one))[1]).toMatchObject({ hit: undefined, over: NaN });
    const both = { ...one, 'T=30 rate=0.2': list(16, 16) };
    expect(verdicts('C', runs('C', 'auto', both))[1]).toMatchObject({ hit: true, over: 0 });
    // Where every run is asked for, none can.
    expect(verdicts('C', runs('C', 'auto', { 'T=20 rate=0.1': list(15, 16) }))[0]).toMatchObject({
      hit: false,
      over: 1,
    });
  });

  test('near: the best of the others on the seeds that both have', () => {
    const results = [
      ...runs('digits', 'auto', everywhere('digits', [0.85, 0.85])),
      ...runs('digits', 'percentile-10', everywhere('digits', [0.8, 0.8, 0.99, 0.99])),
      ...runs('digits', 'percentile-50', { ...everywhere('digits', [0.86, 0.86]), 'rate x3': [0.88, 0.88] }),
      // Neither of them was there when the target was set, or is a percentile.
      ...runs('digits', 'percentile-10-last-1000', everywhere('digits', [0.99])),
      ...runs('digits', 'z-clip', everywhere('digits', [0.99])),
    ];
    const [near, loss] = verdicts('digits', results);
    expect(near).toMatchObject({ hit: false, setting: 'rate x3' });
    expect(near!.over).toBeCloseTo(0.02);
    expect(loss).toMatchObject({ hit: undefined }); // none is not known
    expect(verdicts('digits', results, 'percentile-50')[0]).toMatchObject({ hit: true });
    expect(overText(findTask('digits'), near!)).toBe('2.0 pt');
    expect(verdicts('digits', runs('digits', 'auto', everywhere('digits', [0.9])))[0]).toMatchObject({
      hit: undefined,
    });
  });

  test('no loss: not worse than none by two standard errors of none', () => {
    // 2.0, 2.1, 2.2: deviation 0.1, standard error 0.0577.
    const none = runs('text', 'none', { 'rate 1': [2, 2.1, 2.2] });
    const shifted = (by: number) => runs('text', 'auto', { 'rate 1': [2 + by, 2.1 + by, 2.2 + by] });
    expect(verdicts('text', [...none, ...shifted(0.115)])).toMatchObject([{ hit: true }]);
    const [worse] = verdicts('text', [...none, ...shifted(0.117)]);
    expect(worse).toMatchObject({ hit: false });
    expect(worse!.over).toBeCloseTo(0.117 - (2 * 0.1) / Math.sqrt(3));
    expect(verdicts('text', none, 'none')).toMatchObject([{ hit: true }]);
    const scattered = runs('text', 'auto', { 'rate 1': [2, 2.1, 2.9] });
    expect(verdicts('text', [...none, ...scattered])).toMatchObject([{ hit: false }]);
    const once = [...none, ...shifted(0)].filter(({ seed }) => seed === 1);
    expect(verdicts('text', once)).toMatchObject([{ hit: undefined }]);
  });
});

describe('the closing table', () => {
  const results = [
    ...runs('A', 'auto', everywhere('A', [0.08])),
    ...runs('A', 'none', everywhere('A', [0.55])),
    ...runs('B', 'auto', everywhere('B', [0.08991])),
    ...runs('B', 'none', everywhere('B', [0.09001])),
  ];
  const selection = choose({ tasks: [findTask('A'), findTask('B')], policies: ['auto', 'none', 'agc'] });
  const cells = [...cellsOf('A', results), ...cellsOf('B', results)];
  const all = (task: string, policy: string, value: number) =>
    runs(task, policy, everywhere(task, Array<number>(12).fill(value)));
  const lines = scoreTable(selection, 'design', scoreboard(selection, 'design', cells)).split('\n');

  test('has a row for each policy that is known, and how much is missing', () => {
    expect(lines.find((line) => line.startsWith('auto'))).toMatch(/^auto +hit\* +hit\* +–$/);
    expect(lines.find((line) => line.startsWith('none'))).toMatch(/^none +missed 0.460\* +missed 0.00001\* +–$/);
    expect(lines.some((line) => line.startsWith('agc'))).toBe(false);
  });

  test('counts what is known on all seeds alone', () => {
    const known = [...all('A', 'auto', 0.08), ...all('A', 'none', 0.5), ...all('B', 'none', 0.08), ...results];
    const own = [...cellsOf('A', known), ...cellsOf('B', known)];
    const rows = scoreboard(selection, 'design', own);
    expect(rows.map(({ hits, judged }) => [hits, judged])).toEqual([
      [1, 1],
      [1, 2],
      [0, 0],
    ]);
  });

  test('says what is asked, and that seeds are missing', () => {
    expect(lines).toContain('  A      at most 0.09 at every scale');
    expect(lines.join()).toContain('*: not all seeds are known');
  });
});

describe('the best constants', () => {
  test('are those of the grid', () => {
    expect(grid.map(({ threshold }) => threshold)).toEqual([0.01, 0.1, 1, 10, 100]);
  });

  test('have the smallest worst gap to the best of a setting', () => {
    const cells = cellsOf('B', [
      ...runs('B', 'fixed-1', { down: [0.1], up: [0.9], 'ramp down': [0.1], 'ramp up': [0.1] }),
      ...runs('B', 'fixed-10', { down: [0.3], up: [0.4], 'ramp down': [0.3], 'ramp up': [0.1] }),
      ...runs('B', 'fixed-100', { down: [0.01] }), // in one setting only: it cannot be compared over all
      ...runs('B', 'auto', everywhere('B', [0.001])),
    ]);
    const best = bestConstants(findTask('B'), 'design', cells)!;
    expect(best.settings.map(({ policies }) => policies)).toEqual([
      ['fixed-100'],
      ['fixed-10'],
      ['fixed-1'],
      ['fixed-1', 'fixed-10'],
    ]);
    expect(best.overall.policies).toEqual(['fixed-10']);
    expect(best.overall.value).toBeCloseTo(0.29);
    expect(bestConstants(findTask('A'), 'design', cells)).toBeUndefined();
  });

  test('solve the greatest share, however many seeds of a setting are known', () => {
    const hard = (values: readonly number[]) => ({ 'T=30 rate=0.1': values, 'T=30 rate=0.2': values });
    const cells = cellsOf('C', [
      ...runs('C', 'fixed-1', { ...everywhere('C', [500]), ...hard([500, 500, 500, NaN, NaN, NaN]) }),
      ...runs('C', 'fixed-10', { ...everywhere('C', [500]), ...hard([NaN]) }),
    ]);
    const { policies, value } = bestConstants(findTask('C'), 'design', cells)!.overall;
    expect(policies).toEqual(['fixed-1']);
    expect(value).toBeCloseTo(5 / 6);
  });
});
