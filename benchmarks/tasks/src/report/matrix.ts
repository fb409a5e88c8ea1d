import { candidate } from '../policies.ts';
import { countText, overText, rowsToShow } from '../scoreboard.ts';
import type { Row, Score } from '../scoreboard.ts';
import type { SeedSet, Task } from '../task.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';

/** Policies by tasks: which targets are reached, those that reach most first; in words, colours only help. */
export function matrix(tasks: readonly Task[], set: SeedSet, rows: readonly Row[]): Markup {
  const shown = rowsToShow(rows.filter((row) => row.set === set)).toSorted((a, b) => b.hits - a.hits);
  if (shown.length === 0) return '';
  const head = [
    element('th', { scope: 'col' }, `${set} seeds`),
    ...tasks.map(({ name }) => element('th', { scope: 'col' }, escape(name))),
    element('th', { scope: 'col' }, 'tasks hit'),
  ];
  const body = shown.map((row) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', class: `name ${candidate(row.policy).kind}` }, escape(row.policy)),
      ...row.scores.map((score, i) => cell(tasks[i]!, score)),
      element('td', { class: 'count' }, countText(row)),
    ),
  );
  const table = element('table', { class: 'matrix' }, element('tr', {}, ...head), ...body);
  return element('div', { class: 'card scroll' }, table);
}

function cell(task: Task, score: Score): Markup {
  const { hit, over, partial, setting, verdicts } = score;
  if (hit === undefined) return element('td', { class: 'soft' }, '–');
  const star = partial ? '*' : '';
  const missed = verdicts.filter((verdict) => verdict.hit === false).map(({ target }) => target);
  const text = hit ? '✓ hit' : `✗ ${over === Infinity ? 'lost' : overText(task, score)}`;
  const title = hit ? undefined : `Missed: ${missed.join('; ')}; worst: ${setting}`;
  return element('td', { class: hit ? 'hit' : 'missed', title }, `${text}${star}`);
}
