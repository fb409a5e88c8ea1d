import { expect, test } from 'vitest';
import { parseOptions } from '../src/options.ts';
import type { Options } from '../src/options.ts';
import { page } from '../src/report/page.ts';
import type { RunResult } from '../src/result.ts';
import { summarise } from '../src/summary.ts';
import type { Task } from '../src/task.ts';
import { madeUp } from '../src/testing/index.ts';
import { failure, otherTask, task } from './fixture.ts';

function render(
  results: readonly RunResult[],
  argv: string[] = ['--steps', '40'],
  { complete = true, of = task }: { complete?: boolean; of?: Task } = {},
): string {
  const options = parseOptions(of, argv) as Options;
  const summaries = summarise(of.metric, options.runs, results);
  return page({ task: of, options, summaries, conclusion: of.conclude(summaries), complete, seconds: 12 });
}

const everything = [failure, ...task.runs.slice(1).map(({ name }) => madeUp(name))];

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
  ['one run', [madeUp('percentile-10')]],
  ['clean runs only', [madeUp('none-clean')]],
  ['a run of one step', [madeUp('fixed-1', { steps: 1, ending: 'stopped' })]],
  ['no run', []],
])('the report of %s is well formed and holds no number that is none', (_, results) => {
  checkMarkup(render(results));
});

function checkMarkup(html: string): void {
  checkNesting(html);
  const body = html.slice(html.indexOf('</style>'));
  expect(body).not.toMatch(/undefined|="[^"]*(NaN|Infinity)/);
  // Every < opens or closes an element, every & begins an entity.
  expect(body.replace(/<\/?[a-zA-Z0-9]+(?:\s[\w:-]+="[^"<>]*")*\s*\/?>/g, '')).not.toMatch(/[<>]/);
  expect(body).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
}

test('the report shows every policy in every picture', () => {
  const html = render(everything);
  for (const { title } of task.runs) expect(html).toContain(`Gradient norm and threshold of the run ${title}"`);
  expect(html.match(/class="series /g)).toHaveLength(2 * 7); // lines and legend
  expect(html.match(/class="bar"/g)).toHaveLength(9);
  expect(html.match(/class="marked"/g)).toHaveLength(9 + 1); // one step a run, and the legend
  expect(html).toContain('yes, step 12');
});

test('what a policy says of itself stands below its picture', () => {
  const runs = task.runs.map((run) => ({ ...run, explain: () => `${run.name} < 1` }));
  const html = render([madeUp('percentile-10'), madeUp('none')], [], { of: { ...task, runs } });
  checkMarkup(html);
  expect(html.match(/In the last step: [^<]*/g)).toEqual([
    'In the last step: none &lt; 1.',
    'In the last step: percentile-10 &lt; 1.',
  ]);
});

test('the report loads nothing and runs nothing', () => {
  const html = render(everything);
  expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=|href=|https?:/);
});

test('with several seeds there is a dot for each', () => {
  const results = [1, 2, 3].map((seed) => madeUp('fixed-1', { job: { run: 'fixed-1', seed, steps: 40 } }));
  expect(render(results, ['--seeds', '3', '--steps', '40']).match(/<circle/g)).toHaveLength(3);
});

test('an incomplete report says so', () => {
  expect(render(everything, ['--steps', '40'], { complete: false })).toContain('Stopped early');
  expect(render(everything)).not.toContain('Stopped early');
});

test('a task of other words, without groups, marks and times, is drawn as well', () => {
  const results = otherTask.runs.map(({ name }, i) => {
    const { clipperShare: _, ...untimed } = madeUp(name, { value: i === 0 ? NaN : 5 * i });
    untimed.history.marked.fill(0);
    untimed.history.curve.forEach((_value, step, curve) => (curve[step] = Math.sin(step / 5) * 30));
    return untimed;
  });
  const html = render(results, [], { of: otherTask });
  checkMarkup(html);
  for (const words of ['training episode', 'Episode by episode', 'perplexity on the last tenth'])
    expect(html.includes(words), words).toBe(true);
  for (const words of ['class="group"', 'class="marked"', 'clipper', 'Step by step', 'guessing'])
    expect(html.includes(words), words).toBe(false);
  expect(html.match(/<text [^>]*class="value bad">[^<]*/g)).toEqual([
    expect.stringContaining('>–'),
    expect.stringContaining('>25.00'),
    expect.stringContaining('>30.00'),
  ]);
});

test('runs that share a title in different groups share a colour', () => {
  const html = render([madeUp('percentile-10'), madeUp('percentile-10-clean'), madeUp('moving-average')]);
  const bars = [...html.matchAll(/<g class="(s-[a-z0-9-]+)"/g)].map(([, name]) => name);
  expect(bars).toEqual(['s-adaptive-0', 's-adaptive-1', 's-adaptive-1']);
});
