import { fromOperator } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent } from '@gradclip/core';
import { map, scan } from 'rxjs';
import type { Observable } from 'rxjs';

export type Chain = (norms$: Observable<GradientNormEvent>) => Observable<ClipBound>;

/** The largest of the last `length` norms, this one included. */
export const largestOf =
  (length: number): Chain =>
  (norms$) =>
    norms$.pipe(
      scan((last: number[], { norm }) => [...last, norm].slice(-length), []),
      map((last) => Math.max(...last) || Infinity),
    );

export function highest(length: number): ClipPolicy<any> {
  return fromOperator('highest', largestOf(length), { replay: length });
}
