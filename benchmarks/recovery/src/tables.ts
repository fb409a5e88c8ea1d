import { BAD_NORMS, TIMES } from './events.ts';
import type { Cell, Matrix, Repair, Row } from './matrix.ts';
import { cellText, differenceText, numberText, stepsText, tableText } from './text.ts';

/** How events are called in a list. */
const EVENTS: Readonly<Record<string, string>> = {
  'zeros first': '20 zeros first',
  'zeros late': '20 zeros late',
  'spike 10': 'a spike of 10',
  'spike 1000': 'a spike of 1,000',
};

/** The tables of the document, by the name of their place in it. */
export function tablesOf({ rows, repairs }: Matrix): Readonly<Record<string, string>> {
  const adaptive = rows.filter(({ memory }) => memory === 'norms');
  const constant = rows.filter(({ memory }) => memory === 'none');
  return {
    'in short': summary(adaptive),
    'without memory': summary(constant),
    'bad steps': matrix(adaptive, [
      ['NaN, Infinity', ...['NaN', 'Infinity'].flatMap((norm) => TIMES.map((when) => `${norm} ${when}`))],
      ...BAD_NORMS.slice(2).flatMap((norm) => TIMES.map((when) => [`${norm} ${when}`, `${norm} ${when}`])),
    ]),
    levels: matrix(adaptive, [
      ['20 zeros first', 'zeros first'],
      ['20 zeros late', 'zeros late'],
      ['spike of 10', 'spike 10'],
      ['spike of 1,000', 'spike 1000'],
      ['rise', 'rise'],
      ['fall', 'fall'],
      ['ramp', 'ramp'],
    ]),
    repairs: repairTable(repairs),
  };
}

function summary(rows: readonly Row[]): string {
  const head = ['policy', 'a spike of 1,000 lands at', 'slowest recovery', 'locks up after', 'protects no more after'];
  const lines = rows.map((row) => {
    const cells = Object.entries(row.cells);
    const slowest = Math.max(...cells.map(([, { worst }]) => (worst < Infinity ? worst : 0)));
    const never = cells.filter(([, { worst }]) => worst === Infinity);
    return [
      nameOf(row),
      numberText(row.spikeAfter),
      stepsText(slowest),
      listText(never.filter(([, { difference }]) => difference?.kind === 'tight')),
      listText(never.filter(([, { difference }]) => difference?.kind !== 'tight')),
    ];
  });
  return tableText([head, ...lines]);
}

function listText(cells: readonly (readonly [string, Cell])[]): string {
  return cells.map(([name, { difference }]) => `${EVENTS[name] ?? name} ${differenceText(difference!)}`).join(', ');
}

/** @param columns a title and the events of it, of which the worst is shown */
function matrix(rows: readonly Row[], columns: readonly (readonly string[])[]): string {
  const head = ['policy', ...columns.map(([title]) => title!)];
  const lines = rows.map((row) => [
    nameOf(row),
    ...columns.map(([, ...names]) => {
      const [worst] = names.map((name) => row.cells[name]!).toSorted((a, b) => b.worst - a.worst);
      return cellText(worst!);
    }),
  ]);
  return tableText([head, ...lines]);
}

function repairTable(repairs: readonly Repair[]): string {
  const head = ['policy', 'called so', 'steps alone → so'];
  const lines = repairs.map(({ policy, repaired, cells }) => {
    const texts = Object.entries(cells).map(
      ([name, { alone, repaired: so }]) =>
        `${EVENTS[name] ?? name}: ${stepsText(alone.worst)} → ${stepsText(so.worst)}`,
    );
    return [`\`${policy}\``, `\`${repaired}\``, texts.join(', ')];
  });
  return tableText([head, ...lines]);
}

function nameOf({ policy, wanders }: Row): string {
  return `\`${policy}\`${wanders ? ' \\*' : ''}`;
}
