import cliProgress from 'cli-progress';
import { plural } from '../format.ts';
import type { Task } from '../task.ts';
import type { Paint } from './colour.ts';
import type { Display } from './display.ts';
import { headerLine, layOut, rowLine } from './row.ts';
import type { Standing, Standings } from './standing.ts';

/** The live view of a terminal: a bar for each run, redrawn in place, removed at the end. */
export function createBars(stream: NodeJS.WriteStream, task: Task, standings: Standings, paint: Paint): Display {
  const begin = performance.now();
  const bars = new cliProgress.MultiBar({ stream, hideCursor: true, clearOnComplete: true, gracefulExit: false });
  const addLine = (text: (width: number) => string): void => {
    bars.create(1, 0, {}, { format: (_, { maxWidth }) => text(maxWidth) });
  };

  addLine((width) => headerLine(layOut(task, width), paint));
  for (const row of standings.rows) addLine((width) => rowLine(row, layOut(task, width), paint));
  addLine((width) => paint('dim', footer(standings.rows, (performance.now() - begin) / 1000).slice(0, width - 1)));

  return { ...standings, close: () => bars.stop() };
}

function footer(rows: readonly Standing[], seconds: number): string {
  const done = rows.reduce((sum, { results }) => sum + results.length, 0);
  const all = rows.reduce((sum, { jobs }) => sum + jobs, 0);
  return `${done} of ${plural(all, 'run')} in ${seconds.toFixed(0)} s. Ctrl-C stops and shows what there is.`;
}
