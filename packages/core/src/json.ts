import { describe, GradclipError } from './errors.ts';

/** Plain data. In memory numbers may be NaN, infinite or -0; written out, {@link encode} spells them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const SPELLED: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity, '-0': -0 };
/** Keys of the caller's that look like the spelling get one more `$`, so that every value survives the round trip. */
const ESCAPED = /^\$+number$/;

/**
 * Writes plain data as JSON text without loss: numbers JSON cannot spell become `{ "$number": "NaN" }`
 * (`"Infinity"`, `"-Infinity"`, `"-0"` likewise).
 * @throws GradclipError NOT_JSON for undefined, functions, symbols, bigints, class instances and typed arrays.
 */
export function encode(value: Json): string {
  return JSON.stringify(spell(value, '$', []));
}

function spell(value: unknown, path: string, inside: readonly object[]): unknown {
  switch (typeof value) {
    case 'number':
      if (Object.is(value, -0)) return { $number: '-0' };
      return Number.isFinite(value) ? value : { $number: String(value) };
    case 'boolean':
    case 'string':
      return value;
    case 'object': {
      if (value === null) return null;
      if (inside.includes(value)) throw notPlain(path, 'data that contains itself');
      const within = [...inside, value];
      if (Array.isArray(value)) return Array.from(value, (item, i) => spell(item, `${path}[${i}]`, within));
      if (!isPlainObject(value)) break;
      return fromEntries(value, (key, item) => [
        ESCAPED.test(key) ? `$${key}` : key,
        spell(item, `${path}.${key}`, within),
      ]);
    }
  }
  throw notPlain(path, describe(value));
}

function notPlain(path: string, what: string): GradclipError {
  return new GradclipError('NOT_JSON', `${path} is ${what}, which is not plain data.`, {
    where: { path },
    advice: 'Use null, booleans, numbers, strings, arrays and plain objects, or give the policy save and load.',
  });
}

/**
 * Reads what {@link encode} wrote.
 * @throws GradclipError NOT_JSON when the text is not JSON.
 */
export function decode(text: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const options = { advice: 'Decode text that encode() wrote, whole and unchanged.', cause };
    throw new GradclipError('NOT_JSON', 'The text to decode is not JSON.', options);
  }
  return unspell(parsed);
}

function unspell(value: unknown): Json {
  if (typeof value !== 'object' || value === null) return value as Json;
  if (Array.isArray(value)) return value.map(unspell);
  const spelled = (value as { $number?: unknown }).$number;
  if (typeof spelled === 'string' && Object.hasOwn(SPELLED, spelled) && Object.keys(value).length === 1)
    return SPELLED[spelled]!;
  return fromEntries(value, (key, item) => [
    key !== '$number' && ESCAPED.test(key) ? key.slice(1) : key,
    unspell(item),
  ]) as Json;
}

/**
 * A deep copy of plain data, with NaN, infinities and -0 as they are.
 * @throws GradclipError NOT_JSON as {@link encode} does; `path` names the value in the message.
 */
export function copyJson(value: unknown, path = '$'): Json {
  return unspell(spell(value, path, []));
}

/** Whether two values are the same data, whatever the order of keys. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key as never], b[key as never]))
  );
}

/** `defineProperty` and not assignment, so that a key `__proto__` stays a key. */
function fromEntries(from: object, map: (key: string, value: unknown) => [string, unknown]): object {
  const result = {};
  for (const [key, item] of Object.entries(from)) {
    const [to, value] = map(key, item);
    Object.defineProperty(result, to, { value, enumerable: true, writable: true, configurable: true });
  }
  return result;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
