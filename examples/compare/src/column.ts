import { percent, short } from './format.ts';
import { number, withUnit, worstWord } from './metric.ts';
import { titleInGroup } from './run.ts';
import { failureWords } from './summary.ts';
import type { Summary } from './summary.ts';
import { unitOf } from './task.ts';
import type { Task } from './task.ts';

/** A column of the results, for the terminal and for the report. */
export interface Column {
  /** Two lines. */
  readonly head: string;
  readonly isText?: boolean;
  text(summary: Summary): string;
  tone?(summary: Summary): Tone | undefined;
}

/** What a cell says beside its text. */
export type Tone = 'strong' | 'bad' | 'cut';

export function resultColumns(task: Task, summaries: readonly Summary[]): readonly Column[] {
  const { metric } = task;
  const several = summaries.some(({ results }) => results.length > 1);
  const isTimed = summaries.some(({ clipperShare }) => clipperShare !== undefined);
  return [
    { head: '\npolicy', isText: true, text: ({ run }) => titleInGroup(run) },
    {
      head: several ? `${metric.name}\nmedian / ${worstWord(metric)}` : `\n${metric.name}`,
      text: ({ value, worst }) =>
        withUnit(metric, number(metric, value) + (several ? ` / ${number(metric, worst)}` : '')),
      tone: () => 'strong',
    },
    {
      head: '\nfailed',
      isText: true,
      text: (summary) => failureWords(metric, unitOf(task), summary),
      tone: ({ failed, stopped }) => (failed ? 'bad' : stopped ? 'cut' : undefined),
    },
    { head: 'clip\nrate', text: ({ clipRate }) => percent(clipRate) },
    { head: 'largest\nnorm', text: ({ largestNorm }) => short(largestNorm) },
    ...(isTimed
      ? [{ head: 'time in\nclipper', text: ({ clipperShare }: Summary) => percent(clipperShare ?? NaN, 2) }]
      : []),
  ];
}
