import type { Json } from './json.ts';

/** Where something went wrong: the policy, the key, the step, the tensor, the option. */
export type ErrorPlace = Readonly<Record<string, Json>>;

/**
 * Every error this project throws on purpose. `code` is stable within a major version (docs/errors.md lists them),
 * the message may improve; it ends with `advice`, what to do next.
 */
export class GradclipError extends Error {
  readonly code: string;
  readonly where: ErrorPlace;
  readonly advice: string;

  constructor(code: string, what: string, details: { where?: ErrorPlace; advice: string; cause?: unknown }) {
    super(`${what} ${details.advice}`, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'GradclipError';
    this.code = code;
    this.where = details.where ?? {};
    this.advice = details.advice;
  }
}

/**
 * Checks one option of a factory: `assertOption('movingAverage', 'decay', decay, decay >= 0 && decay < 1, 'in [0, 1)')`
 * throws "movingAverage({ decay }) must be in [0, 1), got 1."
 * @throws GradclipError INVALID_OPTION
 */
export function assertOption(factory: string, option: string, value: unknown, holds: boolean, rule: string): void {
  if (!holds) throw invalidOption(`${factory}({ ${option} })`, factory, option, value, rule);
}

/** `call` is the option as it is written: `fixed(threshold)` for an argument by position. */
export function invalidOption(
  call: string,
  factory: string,
  option: string,
  value: unknown,
  rule: string,
): GradclipError {
  return new GradclipError('INVALID_OPTION', `${call} must be ${rule}, got ${describe(value)}.`, {
    where: { factory, option, value: describe(value) },
    advice: `Give ${option} a value that is ${rule}.`,
  });
}

/**
 * Refuses what is no options object, and options nobody reads: a misspelt one would silently keep its default.
 * @throws GradclipError INVALID_OPTION
 */
export function assertOptions(caller: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) throw invalidOption(`${caller}(options)`, caller, 'options', options, 'an object');
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown === undefined) return;
  throw new GradclipError('INVALID_OPTION', `${caller}({ ${unknown} }) is not an option here.`, {
    where: { option: unknown },
    advice: `Known are ${known.join(', ') || 'none'}.`,
  });
}

/** Whether a value has named fields. */
export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in words, for messages: short, and never the content of a large object. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = (value as { constructor?: { name?: string } }).constructor?.name;
  if (name && name !== 'Object') return `a ${name}`;
  const keys = Object.keys(value);
  return keys.length ? `{ ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''} }` : '{}';
}

/** What a thrown value says; anything can be thrown, also what cannot be turned into text. */
export function messageOf(cause: unknown): string {
  try {
    return cause instanceof Error ? String(cause.message) : String(cause);
  } catch {
    return 'something that has no text';
  }
}
