import { CHECKS } from './track.ts';

/** How the decisions of a run differ from those of the run without the event. */
export interface Difference {
  /** Less is left of a gradient; more is left; or not even the largest spike is cut. */
  readonly kind: 'tight' | 'loose' | 'off';
  /** How many times less, or more, at the worst check; Infinity where nothing is left of one of the two. */
  readonly times: number;
}

/** What one event did to one run. */
export interface Outcome {
  /** Calm steps until the decisions are those without the event; 0: at once, Infinity: not in 10,000. */
  readonly steps: number;
  /** The kind of the last difference, and the worst of that kind; absent where there was none. */
  readonly difference?: Difference;
}

/** What has been the same for so many steps, and for five times as many as it was not, is taken to stay so. */
const SETTLED = 500;

/** What would be left of the norms that are asked about, so many steps after the event. */
export interface Pair {
  without(check: number): readonly number[];
  run(check: number): readonly number[];
}

/**
 * @param tolerance decisions are the same within this share of the larger one
 * @param last steps after which nothing can change
 */
export function compare(pair: Pair, tolerance: number, last: number): Outcome {
  const found: Difference[] = [];
  let steps = 0;
  for (const [i, check] of CHECKS.entries()) {
    if (check > Math.min(last, Math.max(SETTLED, 5 * steps))) break;
    const difference = differenceOf(pair.without(check), pair.run(check), tolerance);
    if (!difference) continue;
    found.push(difference);
    steps = check < last ? CHECKS[i + 1]! : Infinity;
  }
  const kind = found.at(-1)?.kind;
  if (kind === undefined) return { steps };
  const times = found.map((each) => (each.kind === kind ? each.times : 1));
  return { steps, difference: { kind, times: Math.max(...times) } };
}

function differenceOf(without: readonly number[], run: readonly number[], tolerance: number): Difference | undefined {
  if (without.every((left, i) => Math.abs(left - run[i]!) <= tolerance * Math.max(left, run[i]!))) return undefined;
  const less = largestRatio(without, run);
  const more = largestRatio(run, without);
  if (less >= more) return { kind: 'tight', times: less };
  return { kind: run.at(-1)! > 0.9 ? 'off' : 'loose', times: more };
}

function largestRatio(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((left, i) => (left === b[i] ? 1 : left / b[i]!)));
}
