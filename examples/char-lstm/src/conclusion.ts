import { list } from '@gradclip/example-compare';
import type { Conclusion, Summary } from '@gradclip/example-compare';
import { groupOf, rates } from './runs.ts';

/** Speaks of complete runs only; what was left out or interrupted is not mentioned. */
export function conclude(summaries: readonly Summary[]): Conclusion {
  const complete = summaries.filter(({ stopped }) => stopped === 0);
  const at = (rate: number) => complete.filter(({ run }) => run.group === groupOf(rate));
  const parts = [
    ...part(`at a learning rate of ${rates.middle},`, at(rates.middle)),
    ...part(`at ${rates.high},`, at(rates.high)),
    ...part(`at ${rates.low},`, at(rates.low)),
  ];
  const shows = parts.length
    ? `Training ended with these bits per letter: ${parts.join('; ')}.`
    : 'No run was completed, so there is nothing to compare.';
  return { shows, doesNotShow: limits(complete) };
}

function part(where: string, summaries: readonly Summary[]): string[] {
  return summaries.length ? [`${where} ${list(summaries.map(ended))}`] : [];
}

function ended({ run, value, failed, results }: Summary): string {
  const policy = run.kind === 'none' ? 'without clipping' : `with ${run.titleInGroup}`;
  const failures = results.length > 1 ? ` (failed for ${failed} of ${results.length} seeds)` : ' (failed)';
  return `${value.toFixed(2)} ${policy}${failed ? failures : ''}`;
}

function limits(complete: readonly Summary[]): string {
  const slow = complete.find(({ run, failed }) => run.kind === 'none' && run.group === groupOf(rates.low) && !failed);
  const without = slow ? `, which went well without at half the rate (${slow.value.toFixed(2)})` : '';
  return (
    `This does not show that this training needs clipping${without}, that an adaptive policy beats a well chosen ` +
    'constant, how much of the differences a longer training would leave, or anything about Adam.'
  );
}
