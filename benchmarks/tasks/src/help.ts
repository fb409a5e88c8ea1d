import { availableParallelism } from 'node:os';
import { candidates } from './policies.ts';
import { tasks } from './tasks.ts';
import { wrap } from './wrap.ts';

/** What `--help` prints. */
export function help(): string {
  return `node benchmarks/tasks/dist/main.js [options]

Trains small networks under every clipping policy and prints, for each task, what became of them, which targets
they reach, and which constant would have been best.

  --tasks A,B        of ${tasks.map(({ name }) => name).join(', ')} (all)
  --policies auto,…  of those below (all)
  --settings TEXT    only settings whose name holds this text, such as T=30 (all)
  --seeds SET        design, held-out or both; rules may be chosen on design seeds alone (both)
  --limit N          at most the first N seeds of each set (all)
  --workers N        threads that train at a time (${availableParallelism()}, the cores of this machine)
  --resume FILE      append each result to FILE, JSON lines, and do not repeat what is there
  --also FILE        results to use that are in another file; may be given several times
  --show             train nothing: show what the files hold
  --report FILE      write a page with pictures
  --markdown         print compact tables in Markdown instead
  --json             print the numbers and the targets as one JSON document instead
  --help             this text

A first look, in a minute: --tasks A,B --limit 1 --seeds design. Everything takes a day and a half of one core:
use --resume. All policies come with the first seed first. Ctrl-C ends it and prints what is known by then.

Tasks:
${tasks.map(({ title }) => `  ${title}`).join('\n')}

Policies:
${wrap(candidates.map(({ name }) => name).join(', '), 100, '  ')}
`;
}
