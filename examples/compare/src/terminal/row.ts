import { median, percent, short } from '../format.ts';
import { hasFailed, quantity, valueOf } from '../metric.ts';
import type { Metric, Task } from '../task.ts';
import { unitOf } from '../task.ts';
import type { Paint } from './colour.ts';
import type { Standing } from './standing.ts';

/** The lines of the live view: one for each run, in columns that fit the terminal. */
export interface Layout {
  readonly metric: Metric;
  readonly unit: string;
  readonly columns: readonly Column[];
  readonly barWidth: number;
  readonly gap: string;
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Which column goes first when there is no room; the highest. The metric is 0. */
  readonly order: number;
  text(row: Standing): string;
}

const nameWidth = 20;

function allColumns({ metric, curve }: Task, unit: string): readonly Column[] {
  return [
    { title: unit, width: Math.max(5, unit.length), order: 3, text: (row) => String(row.stepsTaken) },
    { title: curve.name, width: 6, order: 1, text: (row) => short(row.latest?.curve ?? NaN) },
    {
      title: metric.name,
      width: Math.max(8, metric.name.length),
      order: 0,
      text: (row) => quantity(metric, valueToShow(row, metric)),
    },
    { title: 'norm', width: 6, order: 4, text: (row) => short(row.latest?.norm ?? NaN) },
    { title: 'threshold', width: 9, order: 5, text: (row) => short(row.latest?.threshold ?? NaN) },
    { title: 'clipped', width: 7, order: 2, text: (row) => percent(row.latest?.clipRate ?? NaN) },
  ];
}

/** Of what is running, else the median of the results. */
function valueToShow({ running, latest, results }: Standing, metric: Metric): number {
  return running > 0 ? (latest?.value ?? NaN) : median(results.map((result) => valueOf(metric, result)));
}

export function layOut(task: Task, terminalWidth: number): Layout {
  const available = terminalWidth - 1; // the last column stays empty: some terminals wrap when it is written
  const unit = unitOf(task);
  let columns = allColumns(task, unit);
  const width = (gap: number): number => columns.reduce((sum, column) => sum + column.width + gap, nameWidth + gap);
  while (columns.length > 1 && available - width(1) < 8) {
    const first = Math.max(...columns.map(({ order }) => order));
    columns = columns.filter(({ order }) => order !== first);
  }
  const gap = available - width(2) >= 24 ? 2 : 1;
  const barWidth = Math.max(0, Math.min(32, available - width(gap)));
  return { metric: task.metric, unit, columns, barWidth, gap: ' '.repeat(gap) };
}

export function headerLine({ columns, barWidth, gap }: Layout, paint: Paint): string {
  const titles = columns.map(({ title, width }) => title.padStart(width));
  return paint(
    'dim',
    ['policy'.padEnd(nameWidth), 'progress'.slice(0, barWidth).padEnd(barWidth), ...titles].join(gap),
  );
}

export function rowLine(row: Standing, { metric, unit, columns, barWidth, gap }: Layout, paint: Paint): string {
  const name = row.run.title.padEnd(nameWidth);
  if (row.running === 0 && row.results.length === 0)
    return paint('dim', [name, '░'.repeat(barWidth), 'waiting'].join(gap));

  const failures = row.results.filter((result) => hasFailed(metric, result));
  const complete = row.results.length === row.jobs;
  const full = Math.round(barWidth * (row.totalSteps ? row.stepsTaken / row.totalSteps : 0));
  const bar =
    paint(complete ? (failures.length ? 'red' : 'green') : 'cyan', '█'.repeat(full)) + '░'.repeat(barWidth - full);

  const [failure] = failures;
  if (complete && row.jobs === 1 && failure?.ending === 'failed') {
    const room = columns.reduce((sum, { width }) => sum + width + gap.length, -gap.length);
    const words = `failed: not finite after ${unit} ${failure.steps}`;
    return [name, bar, paint('red', words.length <= room ? words : 'failed')].join(gap);
  }
  const cells = columns.map(({ order, width, text }) => {
    const cell = text(row).padStart(width);
    return order === 0 && complete ? paint(failures.length ? 'red' : 'bold', cell) : cell;
  });
  return [name, bar, ...cells].join(gap);
}
