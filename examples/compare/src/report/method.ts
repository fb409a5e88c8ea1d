import type { Task } from '../task.ts';
import { element, escape } from './svg.ts';
import type { Markup } from './svg.ts';

/** How it was measured. */
export function method({ method: entries }: Task): Markup {
  const list = entries.flatMap(([term, words]) => [element('dt', {}, escape(term)), element('dd', {}, escape(words))]);
  return element('section', {}, element('h2', {}, 'How it was measured'), element('dl', {}, ...list));
}
