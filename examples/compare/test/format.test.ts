import { expect, test } from 'vitest';
import { list, median, percent, short } from '../src/format.ts';
import { number, quantity, rounded } from '../src/metric.ts';
import { wrap } from '../src/terminal/wrap.ts';
import { perplexity, task } from './fixture.ts';

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

test('a metric is written in its unit', () => {
  const { metric } = task;
  expect([number(metric, 0.8754), quantity(metric, 0.8754), rounded(metric, 0.6000001)]).toEqual([
    '87.5',
    '87.5 %',
    '60 %',
  ]);
  expect([number(perplexity, 7), quantity(perplexity, 7), rounded(perplexity, 7)]).toEqual(['7.00', '7.00', '7']);
  expect([number(metric, NaN), quantity(metric, Infinity)]).toEqual(['–', '–']);
});

test('text is wrapped between words', () => {
  expect(wrap('one two three four', 9)).toBe('one two\nthree\nfour');
});
