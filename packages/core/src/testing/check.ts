import { describe, GradclipError } from '../errors.ts';
import type { ErrorPlace } from '../errors.ts';

/** One promise, tried out. Hand `name` and `run` to any test runner. */
export interface Check {
  readonly name: string;
  /** @throws GradclipError CHECK_FAILED: what was expected, what happened, where, and what to do. */
  run(): void | Promise<void>;
}

/** A broken promise, as the body of a check finds it: "expected …, got …". */
export class Finding extends Error {
  readonly where: ErrorPlace;

  constructor(what: string, where: ErrorPlace = {}, cause?: unknown) {
    super(what, { cause });
    this.name = 'Finding';
    this.where = where;
  }
}

/** A check whose body runs at once. */
export function syncCheck(name: string, advice: string, body: () => void): Check {
  return {
    name,
    run() {
      try {
        body();
      } catch (thrown) {
        throw checkFailed(name, thrown, advice);
      }
    },
  };
}

/** What a check says when its body throws: a {@link Finding}, or whatever the code under test threw. */
export function checkFailed(check: string, thrown: unknown, advice: string): GradclipError {
  const finding = thrown instanceof Finding ? thrown : undefined;
  const what = finding?.message ?? `expected no error, got ${errorInWords(thrown)}`;
  const where = finding?.where ?? {};
  const cause = finding ? finding.cause : thrown;
  const details = { where: { check, ...where }, advice, ...(cause !== undefined && { cause }) };
  return new GradclipError('CHECK_FAILED', `"${check}" failed: ${what}${placeInWords(where)}.`, details);
}

/** A thrown value, for the middle of a sentence. */
export function errorInWords(thrown: unknown): string {
  const words = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `a throw of ${describe(thrown)}`;
  return words.replace(/\.$/, '');
}

function placeInWords(where: ErrorPlace): string {
  const places = Object.entries(where).map(([place, value]) => `${place} ${String(value)}`);
  return places.length ? ` (${places.join(', ')})` : '';
}
