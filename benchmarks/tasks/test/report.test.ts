import { describe, expect, test } from 'vitest';
import { markdownOf } from '../src/markdown.ts';
import { ranked } from '../src/report/order.ts';
import { pageOf } from '../src/report/page.ts';
import { scaleOf } from '../src/report/scale.ts';
import { findTask, tasks } from '../src/tasks.ts';
import { cellsOf, choose, everywhere, runs } from './fixture.ts';

const names = ['A', 'B', 'C', 'D', 'digits', 'text'];
const policies = ['none', 'fixed-0.1', 'fixed-1', 'fixed-10', 'auto', 'z-clip', 'percentile-10'];
const cells = names.flatMap((task) => {
  const values = (i: number) => everywhere(task, [0.05 + i / 10, 0.06 + i / 10, i === 0 ? NaN : 0.07 + i / 10]);
  return cellsOf(
    task,
    policies.flatMap((policy, i) => runs(task, policy, values(i))),
  );
});
const selection = choose({ tasks, policies, wants: () => true, sets: ['design', 'held-out'] });
const tags = (page: string, name: string) => page.match(new RegExp(`<${name}[ >]`, 'g'))?.length ?? 0;

describe('the page', () => {
  const page = pageOf(selection, cells);

  test('needs nothing from elsewhere, and has no hole', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity|src=|url\(|@import|<script|href="[^#]/);
    for (const link of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${link[1]}"`);
  });

  test('has every element closed', () => {
    const open: string[] = [];
    for (const [, closing, name] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (name === 'meta') continue;
      if (closing) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  });

  test('has a picture of the constants for each setting, and a row for each policy of each task', () => {
    const settings = tasks.reduce((sum, task) => sum + task.settings.length, 0);
    expect(tags(page, 'figure')).toBe(settings);
    expect(tags(page, 'section')).toBe(6);
    expect(page.match(/<th scope="row"/g)).toHaveLength(policies.length * 7); // and the matrix of the design seeds
  });

  test('says hits and misses in words', () => {
    expect(page).toContain('✓ hit*');
    expect(page).toMatch(/class="missed" title="Missed: at most 0.09 at every scale; worst: 1e-4">✗ 0.070\*/);
  });

  test('of nothing is a page, too', () => {
    expect(pageOf(selection, [])).not.toMatch(/NaN|undefined|Infinity|<section/);
  });

  test('shows chosen policies only', () => {
    const one = pageOf({ ...selection, policies: ['auto'], tasks: [findTask('digits')] }, cells);
    expect(one).not.toContain('z-clip');
    expect(tags(one, 'section')).toBe(1);
  });
});

test('policies are in the order of their mean rank', () => {
  const own = cellsOf('B', [
    ...runs('B', 'auto', { down: [0.1], up: [0.1], 'ramp up': [0.5] }),
    ...runs('B', 'none', { down: [0.9], up: [0.9], 'ramp up': [0.9] }),
    ...runs('B', 'agc', { down: [0.2], up: [0.2], 'ramp up': [0.2] }),
  ]);
  expect(ranked(findTask('B'), 'design', own)).toEqual(['auto', 'agc', 'none']);
});

describe('an axis', () => {
  test.each(tasks.map(({ name, axis }) => [name, axis] as const))('of %s rises, and ends at its ends', (_, axis) => {
    const scale = scaleOf(axis, 10, 110);
    const places = axis.ticks.toSorted((a, b) => a - b).map(scale);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(scale(axis.from)).toBe(10);
    expect(scale(Infinity)).toBe(110);
    expect(scale(-Infinity)).toBe(10);
    for (const place of places) expect(place >= 10 && place <= 110).toBe(true);
  });
});

describe('Markdown', () => {
  const text = markdownOf({ ...selection, sets: ['design'] }, cells);

  test('has a table of targets and one for each task, all of equal rows', () => {
    const tables = text.split('\n\n').filter((part) => part.startsWith('|'));
    expect(tables).toHaveLength(7);
    for (const table of tables) {
      const widths = table.split('\n').map((line) => line.split(' | ').length);
      expect(new Set(widths).size).toBe(1);
      expect(widths).toHaveLength(2 + policies.length);
    }
  });

  test('names the seeds, and wraps its prose', () => {
    expect(text).toContain('Design seeds 1 to 12, 3 known.');
    const prose = text.split('\n').filter((line) => !line.startsWith('|'));
    expect(Math.max(...prose.map(({ length }) => length))).toBeLessThanOrEqual(150);
  });

  test('stars of partial results are no markup', () => {
    expect(text).toContain('| fixed-0.1 | missed 0.070\\* |');
  });

  test('shows the worst setting of a group, bold where all meet the target', () => {
    const values = { ...everywhere('A', [0.05]), 1: [0.0851] };
    const own = cellsOf('A', [...runs('A', 'auto', values), ...runs('A', 'none', everywhere('A', [0.5]))]);
    const table = markdownOf(choose({ policies: ['auto', 'none'], wants: () => true }), own);
    expect(table).toContain('| auto | **0.085** | 0.035 | 20 % |\n| none | 0.500 | 0.000 | 20 % |');
  });
});
