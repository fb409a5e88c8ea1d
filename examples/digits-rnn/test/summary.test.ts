import { expect, test } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { list, median, percent, short } from '../src/format.ts';
import { runs } from '../src/runs.ts';
import { summarise } from '../src/summary.ts';
import { createPaint } from '../src/terminal/colour.ts';
import { table } from '../src/terminal/table.ts';
import { wrap } from '../src/terminal/wrap.ts';
import { capture, failure, result } from './fixture.ts';

const plain = createPaint(capture(), {});
const adaptive = ['moving-average', 'percentile-10', 'percentile-50'];

test('a summary holds medians, the worst seed and the failures', () => {
  const results = [0.9, 0.5, 0.1].map((accuracy, i) =>
    result('fixed-1', { accuracy, job: { run: 'fixed-1', seed: 3 - i, steps: 40 } }),
  );
  const [summary] = summarise(runs, results);
  expect(summary).toMatchObject({ accuracy: 0.5, leastAccuracy: 0.1, failed: 1, stopped: 0, clipRate: 0.3 });
  expect(summary!.results.map(({ job }) => job.seed)).toEqual([1, 2, 3]);
});

test('summaries come in the order of the runs, without those that have no result', () => {
  const summaries = summarise(runs, [result('percentile-10'), failure, result('fixed-1')]);
  expect(summaries.map(({ run }) => run.name)).toEqual(['none', 'fixed-1', 'percentile-10']);
});

test('the table has a row for each run and fits 80 columns', () => {
  const text = table(summarise(runs, [failure, ...runs.slice(1).map(({ name }) => result(name))]), plain);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const lines = text.replace(/ +/g, ' ');
  expect(lines).toContain('none 10.0 % yes, step 12 30 % ∞ 0.25 %');
  expect(lines).toContain('moving average x1.5 87.5 % no 30 % 2.3e3 0.25 %');
  expect(text).toContain('clean images');
});

test('the table of several seeds gives median and least', () => {
  const seeds = [1, 2].map((seed) =>
    result('fixed-3', { accuracy: seed * 0.1, job: { run: 'fixed-3', seed, steps: 40 } }),
  );
  expect(table(summarise(runs, seeds), plain)).toContain('15.0 / 10.0 %  1 of 2');
});

test('interrupted runs are marked as cut, and are no failures', () => {
  const cut = result('fixed-3', { ending: 'stopped', steps: 9, accuracy: 0.1 });
  expect(table(summarise(runs, [cut]), plain)).toContain('cut at 9');
});

test('the sentences speak of what there is', () => {
  const summaries = summarise(runs, [
    failure,
    result('fixed-1', { accuracy: 0.8 }),
    result('fixed-3', { accuracy: 0.896 }),
    ...adaptive.map((name, i) => result(name, { accuracy: 0.89 + i / 100 })),
  ]);
  expect(conclude(summaries).shows).toBe(
    'With 8 damaged images among 8,000 (0.1 %), training without clipping failed; the constant thresholds 1 and 3 reached ' +
      '80.0 and 89.6 %; policies that follow the norms they have seen reached 89.0 to 91.0 % without being given a threshold.',
  );
  expect(conclude(summaries).doesNotShow).toContain('(3, picked after the fact, reached 89.6 %)');
});

test('the sentences say so when there is nothing, and leave out what was cut', () => {
  expect(conclude([]).shows).toContain('nothing to compare');
  const cut = summarise(runs, [result('fixed-1', { ending: 'stopped' })]);
  expect(conclude(cut).shows).toContain('nothing to compare');
  expect(conclude(summarise(runs, [result('none')])).shows).toBe(
    'With 8 damaged images among 8,000 (0.1 %), training without clipping reached 87.5 %.',
  );
});

test('numbers are short', () => {
  expect([0, 0.1, 0.0421, 0.999, 9.834, 256.4, 999.7, 2345, 0.0042, Infinity, NaN].map(short)).toEqual([
    '0',
    '0.10',
    '0.042',
    '1.0',
    '9.83',
    '256',
    '1.0e3',
    '2.3e3',
    '4.2e-3',
    '∞',
    '–',
  ]);
  expect([percent(0.934), percent(0.0025, 2), percent(NaN)]).toEqual(['93 %', '0.25 %', '–']);
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, NaN]);
  expect([list([]), list(['a']), list(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});

test('text is wrapped between words', () => {
  expect(wrap('one two three four', 9)).toBe('one two\nthree\nfour');
});
