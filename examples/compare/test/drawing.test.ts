import { expect, test } from 'vitest';
import { linear, log } from '../src/report/scale.ts';
import { decimate, shares, smooth } from '../src/report/series.ts';
import { element, path, text } from '../src/report/svg.ts';

test('markup is escaped', () => {
  expect(text(1, 2, '<b> & "c"')).toBe('<text x="1" y="2">&lt;b&gt; &amp; &quot;c&quot;</text>');
  expect(element('g', { id: '"><script>', none: undefined })).toBe('<g id="&quot;&gt;&lt;script&gt;"/>');
});

test('a path breaks at NaN', () => {
  expect(
    path(
      [
        [0, 1],
        [1, 2.04],
        [2, NaN],
        [3, 4],
        [4, 5],
      ],
      {},
    ),
  ).toBe('<path d="M0 1L1 2M3 4L4 5" fill="none"/>');
});

test('decimation keeps the extremes, their order and the gaps', () => {
  const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i / 50));
  values[333] = 99;
  values[700] = -99;
  const points = decimate(values, 50);
  expect(points.length).toBeLessThanOrEqual(100);
  expect(points).toContainEqual([333, 99]);
  expect(points).toContainEqual([700, -99]);
  expect(points.map(([i]) => i)).toEqual(points.map(([i]) => i).sort((a, b) => a - b));
  expect(decimate([1, NaN, 2], 10)).toEqual([
    [0, 1],
    [1, NaN],
    [2, 2],
  ]);
  expect(decimate([], 10)).toEqual([]);
});

test('smoothing takes medians and keeps the ends', () => {
  expect(smooth([1, 100, 1, 1, 1], 1)).toEqual([
    [0, 50.5],
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 1],
  ]);
  expect(smooth([], 3)).toEqual([]);
});

test('shares count what holds in each part, NaN beyond the end', () => {
  expect(shares([1, 1, 0, 1], 8, 4, (value) => value === 1)).toEqual([1, 0.5, NaN, NaN]);
});

test('axes clamp, keep NaN and mark round values', () => {
  const x = linear([0, 800], [0, 400], 4);
  expect([x(-1), x(400), x(900), x(NaN)]).toEqual([0, 200, 400, NaN]);
  expect(x.ticks).toEqual([0, 200, 400, 600, 800]);
  const y = log([0.1, 1000], [400, 0]);
  expect([y(0), y(0.1), y(10), y(Infinity)]).toEqual([400, 400, 200, 0]);
  expect(y.ticks).toEqual([0.1, 1, 10, 100, 1000]);
});
