import { percent, short } from '../format.ts';
import { hasFailed } from '../summary.ts';
import type { Paint } from './colour.ts';
import { accuracyOf } from './standing.ts';
import type { Standing } from './standing.ts';

/** The lines of the live view: one for each run, in columns that fit the terminal. */
export interface Layout {
  readonly columns: readonly Column[];
  readonly barWidth: number;
  readonly gap: string;
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Which column goes first when there is no room; the highest. */
  readonly order: number;
  text(row: Standing): string;
}

const nameWidth = 20;

const allColumns: readonly Column[] = [
  { title: 'step', width: 5, order: 3, text: (row) => String(row.stepsTaken) },
  { title: 'loss', width: 6, order: 1, text: (row) => short(row.latest?.loss ?? NaN) },
  { title: 'accuracy', width: 8, order: 0, text: (row) => percent(accuracyOf(row), 1) },
  { title: 'norm', width: 6, order: 4, text: (row) => short(row.latest?.norm ?? NaN) },
  { title: 'threshold', width: 9, order: 5, text: (row) => short(row.latest?.threshold ?? NaN) },
  { title: 'clipped', width: 7, order: 2, text: (row) => percent(row.latest?.clipRate ?? NaN) },
];

export function layOut(terminalWidth: number): Layout {
  const available = terminalWidth - 1; // the last column stays empty: some terminals wrap when it is written
  let columns = allColumns;
  const width = (gap: number): number => columns.reduce((sum, column) => sum + column.width + gap, nameWidth + gap);
  while (columns.length > 1 && available - width(1) < 8) {
    const first = Math.max(...columns.map(({ order }) => order));
    columns = columns.filter(({ order }) => order !== first);
  }
  const gap = available - width(2) >= 24 ? 2 : 1;
  return { columns, barWidth: Math.max(0, Math.min(32, available - width(gap))), gap: ' '.repeat(gap) };
}

export function headerLine({ columns, barWidth, gap }: Layout, paint: Paint): string {
  const titles = columns.map(({ title, width }) => title.padStart(width));
  return paint(
    'dim',
    ['policy'.padEnd(nameWidth), 'progress'.slice(0, barWidth).padEnd(barWidth), ...titles].join(gap),
  );
}

export function rowLine(row: Standing, { columns, barWidth, gap }: Layout, paint: Paint): string {
  const name = row.run.title.padEnd(nameWidth);
  if (row.running === 0 && row.results.length === 0)
    return paint('dim', [name, '░'.repeat(barWidth), 'waiting'].join(gap));

  const failures = row.results.filter(hasFailed);
  const complete = row.results.length === row.jobs;
  const full = Math.round(barWidth * (row.totalSteps ? row.stepsTaken / row.totalSteps : 0));
  const bar =
    paint(complete ? (failures.length ? 'red' : 'green') : 'cyan', '█'.repeat(full)) + '░'.repeat(barWidth - full);

  const [failure] = failures;
  if (complete && row.jobs === 1 && failure?.ending === 'failed') {
    const room = columns.reduce((sum, { width }) => sum + width + gap.length, -gap.length);
    const words = `failed: not finite after step ${failure.steps}`;
    return [name, bar, paint('red', words.length <= room ? words : 'failed')].join(gap);
  }
  const cells = columns.map(({ title, width, text }) => {
    const cell = text(row).padStart(width);
    return title === 'accuracy' && complete ? paint(failures.length ? 'red' : 'bold', cell) : cell;
  });
  return [name, bar, ...cells].join(gap);
}
