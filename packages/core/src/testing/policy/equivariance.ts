import type { ClipBound } from '../../bound.ts';
import type { Check } from '../check.ts';
import { Finding, syncCheck } from '../check.ts';
import type { Corpus } from '../corpora.ts';
import { keysOf, sequenceOf } from './events.ts';
import { inWords, placeOf, run } from './run.ts';
import type { PolicySubject } from './subject.ts';

/** Which factors are promised: all of them, powers of two alone, or all of them up to rounding. */
export type Equivariance = boolean | 'powers of two' | 'rounded';

/** Nearly from end to end of float32. */
const POWERS_OF_TWO: readonly number[] = [-100, -10, -1, 1, 10, 100].map((k) => 2 ** k);
const OTHERS: readonly number[] = [1e-30, 1e-4, 0.3, 3, 65_521, 1e30];
const TOLERANCE = 1e-9;
const ADVICE =
  'Multiply and divide norms by norms only: a number that is added to them or compared with them has a unit.';

type IsSame = (a: number, b: number) => boolean;

/**
 * That all norms times a factor make all thresholds, targets and clamps times the factor, and leave factors and skips as
 * they are: the unit of the gradient, or a scale of the loss, changes nothing.
 */
export function equivarianceChecks(subject: PolicySubject, promise: Equivariance): readonly Check[] {
  const { ordinary, short, long } = subject;
  const checks: Check[] = [];
  const add = (which: string, corpora: readonly Corpus[], factors: readonly number[], isSame: IsSame) =>
    checks.push(syncCheck(`is scale-equivariant: ${which}`, ADVICE, () => compare(subject, corpora, factors, isSame)));
  if (promise === true || promise === 'powers of two')
    add('powers of two, bit for bit', [...ordinary, ...short, long], POWERS_OF_TWO, Object.is);
  // Norms that are all equal, say, meet their own threshold exactly, and rounding decides what is a hit: not in these.
  if (promise === true || promise === 'rounded')
    add(
      `any factor, to ${TOLERANCE}`,
      [short[0]!, long],
      promise === true ? OTHERS : [...POWERS_OF_TWO, ...OTHERS],
      isNear,
    );
  return checks;
}

function compare(
  { make }: PolicySubject,
  corpora: readonly Corpus[],
  factors: readonly number[],
  isSame: IsSame,
): void {
  const policy = make();
  const key = keysOf(policy)[0];
  for (const corpus of corpora) {
    const wanted = run(make(), sequenceOf(corpus, key, policy.needs));
    for (const factor of factors) {
      const norms = corpus.norms.map((norm) => norm * factor);
      const sequence = sequenceOf({ name: `${corpus.name}, times ${factor}`, norms }, key, policy.needs);
      run(make(), sequence).forEach((bound, i) => {
        const expected = times(wanted[i]!, factor);
        if (isEqual(bound, expected, isSame)) return;
        const what = `expected ${inWords(expected)}, which is ${factor} times what it is for the norms as they were, got ${inWords(bound)}`;
        throw new Finding(what, placeOf(policy, sequence, sequence.events[i]!.step));
      });
    }
  }
}

function times(bound: ClipBound, factor: number): ClipBound {
  if (typeof bound === 'number') return bound * factor;
  if ('threshold' in bound) return { threshold: bound.threshold * factor, target: bound.target * factor };
  return 'clamp' in bound ? { clamp: bound.clamp * factor } : bound;
}

function isEqual(a: ClipBound, b: ClipBound, isSame: IsSame): boolean {
  if (typeof a !== 'object' || typeof b !== 'object')
    return typeof a === 'number' && typeof b === 'number' && isSame(a, b);
  // The reason of a skip may tell norms.
  return Object.entries(a).every(([field, value]) => {
    const other = (b as Readonly<Record<string, unknown>>)[field];
    return typeof value === 'number' && typeof other === 'number'
      ? isSame(value, other)
      : typeof value === typeof other;
  });
}

function isNear(a: number, b: number): boolean {
  return a === b || (b < Infinity && Math.abs(a - b) <= TOLERANCE * Math.abs(b));
}
