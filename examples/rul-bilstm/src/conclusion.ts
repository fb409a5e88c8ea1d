import { list, percent } from '@gradclip/example-compare';
import type { Conclusion, Summary } from '@gradclip/example-compare';
import { cleanGroup, cyclesGroup, sharesGroup } from './runs.ts';
import { cap } from './setting.ts';

/** Speaks of complete runs only; what was left out or interrupted is not mentioned. */
export function conclude(summaries: readonly Summary[]): Conclusion {
  const complete = summaries.filter(({ stopped }) => stopped === 0);
  const shows = [
    ...sentenceOn(complete, cyclesGroup, 'Loss in cycles squared'),
    ...sentenceOn(complete, sharesGroup, `The same loss in shares of ${cap} cycles`),
    ...sentenceOn(complete, cleanGroup, 'No life unknown'),
  ].join(' ');
  return { shows: shows || 'No run was completed, so there is nothing to compare.', doesNotShow };
}

function sentenceOn(complete: readonly Summary[], group: string, where: string): string[] {
  const own = complete.filter(({ run }) => run.group === group);
  const of = (kind: Summary['run']['kind']): readonly Summary[] => own.filter(({ run }) => run.kind === kind);
  const parts = [
    ...of('none').map(({ value }) => `${cycles(value)} without clipping`),
    ...of('constant').map(
      ({ value, clipRate }) => `${cycles(value)} with max norm 1 (clipping ${percent(clipRate)} of the steps)`,
    ),
    ...adaptive(of('adaptive').map(({ value }) => value)),
  ];
  return parts.length ? [`${where}: RMSE ${list(parts)}.`] : [];
}

function adaptive(values: readonly number[]): string[] {
  if (values.length === 0) return [];
  const [least, most] = [cycles(Math.min(...values)), cycles(Math.max(...values))];
  return [`${least === most ? least : `${least} to ${most}`} with adaptive clipping`];
}

function cycles(value: number): string {
  return Number.isFinite(value) ? value.toFixed(1) : 'lost';
}

const doesNotShow =
  'This does not show that adaptive clipping beats a max norm that fits the unit of the loss (Adam does not mind that ' +
  '1 clips every step in cycles), nor what happens on real machines: machines, glitches and unknown lives are made up.';
