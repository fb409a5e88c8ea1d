import { expect, test } from 'vitest';
import { conclude } from '../src/conclusion.ts';
import { parseOptions } from '../src/options.ts';
import type { Options } from '../src/options.ts';
import { page } from '../src/report/page.ts';
import { linear, log } from '../src/report/scale.ts';
import { decimate, shares, smooth } from '../src/report/series.ts';
import { element, path, text } from '../src/report/svg.ts';
import type { RunResult } from '../src/result.ts';
import { runs } from '../src/runs.ts';
import { summarise } from '../src/summary.ts';
import { failure, result } from './fixture.ts';

function render(results: readonly RunResult[], argv: string[] = ['--steps', '40'], complete: boolean = true): string {
  const options = parseOptions(argv) as Options;
  const summaries = summarise(options.runs, results);
  return page({ options, summaries, conclusion: conclude(summaries), complete, seconds: 12 });
}

const everything = [failure, ...runs.slice(1).map(({ name }) => result(name))];

/** Throws unless every element is closed in the right order. */
function checkNesting(html: string): void {
  const open: string[] = [];
  const body = html.replace(/<style>.*?<\/style>/s, '');
  for (const [, closing, name, rest] of body.matchAll(/<(\/?)([a-zA-Z0-9]+)((?:\s[\w:-]+="[^"<>]*")*\s*\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!rest?.endsWith('/')) open.push(name!);
  }
  expect(open).toEqual([]);
}

test.each([
  ['all runs', everything],
  ['one run', [result('percentile-10')]],
  ['clean runs only', [result('none-clean')]],
  ['a run of one step', [result('fixed-1', { steps: 1, ending: 'stopped' })]],
  ['no run', []],
])('the report of %s is well formed and holds no number that is none', (_, results) => {
  const html = render(results);
  checkNesting(html);
  const body = html.slice(html.indexOf('</style>'));
  expect(body).not.toMatch(/undefined|="[^"]*(NaN|Infinity)/);
  // Every < opens or closes an element, every & begins an entity.
  expect(body.replace(/<\/?[a-zA-Z0-9]+(?:\s[\w:-]+="[^"<>]*")*\s*\/?>/g, '')).not.toMatch(/[<>]/);
  expect(body).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
});

test('the report shows every policy in every picture', () => {
  const html = render(everything);
  for (const { title } of runs) expect(html).toContain(`Gradient norm and threshold of the run ${title}"`);
  expect(html.match(/class="series /g)).toHaveLength(2 * 9); // lines and legend
  expect(html.match(/class="bar"/g)).toHaveLength(12);
  expect(html.match(/class="damaged"/g)).toHaveLength(12 + 1); // one batch a run, and the legend
  expect(html).toContain('yes, step 12');
});

test('the report loads nothing and runs nothing', () => {
  const html = render(everything);
  expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=|href=|https?:/);
});

test('with several seeds there is a dot for each', () => {
  const results = [1, 2, 3].map((seed) => result('fixed-1', { job: { run: 'fixed-1', seed, steps: 40 } }));
  expect(render(results, ['--seeds', '3', '--steps', '40']).match(/<circle/g)).toHaveLength(3);
});

test('an incomplete report says so', () => {
  expect(render(everything, ['--steps', '40'], false)).toContain('Stopped early');
  expect(render(everything)).not.toContain('Stopped early');
});

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
