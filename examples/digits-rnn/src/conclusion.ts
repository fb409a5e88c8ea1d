import { list, percent } from '@gradclip/example-compare';
import type { Conclusion, Summary } from '@gradclip/example-compare';
import { damagedGroup } from './runs.ts';
import { damagedImages } from './setting.ts';

/** Speaks of complete runs on the damaged data only; what was left out or interrupted is not mentioned. */
export function conclude(summaries: readonly Summary[]): Conclusion {
  const complete = summaries.filter(({ run, stopped }) => run.group === damagedGroup && stopped === 0);
  const of = (kind: Summary['run']['kind']) => complete.filter(({ run }) => run.kind === kind);
  const isAuto = ({ run }: Summary): boolean => run.name === 'auto';
  const parts = [
    withoutClipping(of('none')),
    constants(of('constant')),
    automatic(complete.find(isAuto)),
    adaptive(of('adaptive').filter((summary) => !isAuto(summary))),
  ].filter(Boolean);
  const shows = parts.length
    ? `${parts.join('; ').replace(/^./, (first) => first.toUpperCase())}.`
    : 'No run on the damaged images was completed, so there is nothing to compare.';
  return { shows, doesNotShow: limits(complete) };
}

function withoutClipping([none]: readonly Summary[]): string {
  if (!none) return '';
  const share = `with ${damagedImages} damaged images among 8,000 (0.1 %)`;
  const { failed } = none;
  const all = none.results.length;
  if (failed === 0) return `${share}, training without clipping reached ${percent(none.value, 1)}`;
  return `${share}, training without clipping failed${all > 1 ? ` for ${failed} of ${all} seeds` : ''}`;
}

function constants(summaries: readonly Summary[]): string {
  if (summaries.length === 0) return '';
  const names = list(summaries.map(({ run }) => run.title.replace('fixed ', '')));
  const reached = list(summaries.map(({ value }) => (100 * value).toFixed(1)));
  return `the constant threshold${summaries.length > 1 ? 's' : ''} ${names} reached ${reached} %`;
}

function automatic(auto: Summary | undefined): string {
  return auto ? `auto, which is given no number at all, reached ${percent(auto.value, 1)}` : '';
}

function adaptive(summaries: readonly Summary[]): string {
  if (summaries.length === 0) return '';
  const reached = summaries.map(({ value }) => value);
  const least = (100 * Math.min(...reached)).toFixed(1);
  const most = (100 * Math.max(...reached)).toFixed(1);
  const range = least === most ? `${most} %` : `${least} to ${most} %`;
  return `policies that follow the norms they have seen reached ${range} without being given a threshold`;
}

function limits(complete: readonly Summary[]): string {
  const three = complete.find(({ run }) => run.name === 'fixed-3');
  const inHindsight = three ? ` (3, picked after the fact, reached ${percent(three.value, 1)})` : '';
  return (
    `This does not show that an adaptive policy beats a well tuned constant${inHindsight}, that without auto nothing is ` +
    'left to choose (a percentile, a multiple and a warm-up are), or anything about Adam; and the damage was put in on purpose.'
  );
}
