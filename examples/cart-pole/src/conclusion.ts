import { list } from '@gradclip/example-compare';
import type { Conclusion, Summary } from '@gradclip/example-compare';
import { adamGroup, fastGroup, slowGroup } from './runs.ts';
import { mostMoves } from './setting.ts';

/** Speaks of complete runs only; what was left out or interrupted is not mentioned. */
export function conclude(summaries: readonly Summary[]): Conclusion {
  const complete = summaries.filter(({ stopped }) => stopped === 0);
  const fast = complete.filter(({ run }) => run.group === fastGroup);
  const of = (kind: Summary['run']['kind']) => fast.filter(({ run }) => run.kind === kind);
  const parts = [without(of('none')), constants(of('constant')), schedule(of('schedule')), adaptive(of('adaptive'))];
  const said = parts.filter(Boolean);
  const shows = said.length
    ? `With ${fastGroup}, of ${mostMoves} moves: ${said.join('; ')}.`
    : `No run with ${fastGroup} was completed, so there is nothing to compare.`;
  return { shows, doesNotShow: limits(complete) };
}

function without([none]: readonly Summary[]): string {
  if (!none) return '';
  const { results, failed } = none;
  const failures =
    failed === 0 ? '' : results.length === 1 ? ', and failed' : `, and failed for ${failed} of ${results.length} seeds`;
  return `training without clipping reached ${moves(none)}${failures}`;
}

function constants(summaries: readonly Summary[]): string {
  if (summaries.length === 0) return '';
  const names = list(summaries.map(({ run }) => run.title.replace('fixed ', '')));
  return `the constant threshold${summaries.length > 1 ? 's' : ''} ${names} reached ${list(summaries.map(moves))}`;
}

function schedule([summary]: readonly Summary[]): string {
  return summary ? `the threshold ${summary.run.title} reached ${moves(summary)}` : '';
}

function adaptive(summaries: readonly Summary[]): string {
  if (summaries.length === 0) return '';
  const names = list(summaries.map(({ run }) => run.title));
  return `without being given a threshold, ${names} reached ${list(summaries.map(moves))}`;
}

function limits(complete: readonly Summary[]): string {
  const others = complete.filter(({ run }) => run.kind === 'none' && [slowGroup, adamGroup].includes(run.group!));
  const found = others.map((summary) => `${moves(summary)} with ${summary.run.group}`);
  const inFact = found.length ? ` (without it, training reached ${list(found)})` : '';
  return (
    `This does not show that clipping is needed with another rate or optimizer${inFact}, or that an adaptive policy beats a ` +
    'well chosen constant; and a few seeds of a policy gradient say little about small differences.'
  );
}

function moves({ value }: Summary): string {
  return value.toFixed(0);
}
