import { decode, encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyJson, sameJson } from '../src/json.ts';
import { SEED } from './support/arbitraries.ts';
import { codeOf, errorOf } from './support/errors.ts';

/** Keys that mean something to JavaScript, or to the spelling of numbers. */
const someKey = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'toJSON',
    'length',
    '0',
    '',
    '$number',
    '$$number',
    '$$$number',
    '$',
  ),
);
const someNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity, -0, Number.MIN_VALUE));
const someText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('NaN', '-0', '\ud800', '{"$number":"NaN"}'));

const someJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    someNumber,
    someText,
    fc.constantFrom(null, true, false),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.array(fc.tuple(someKey, tie('json')), { maxLength: 5 }).map(Object.fromEntries),
  ),
})).json;

/** Equality of every bit and every own key, the `constructor` of a matcher notwithstanding. */
function identical(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return Object.is(a, b);
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(b, key) && identical(a[key as never], b[key as never]))
  );
}

describe('encode and decode', () => {
  test('bring back any plain data, bit for bit', () => {
    fc.assert(
      fc.property(someJson, (value) => {
        const text = encode(value);
        const back = decode(text);
        expect(identical(back, value)).toBe(true);
        expect(sameJson(back, value)).toBe(true);
        expect(encode(back)).toBe(text);
      }),
      { ...SEED, numRuns: 500 },
    );
  });

  test.each<[value: Json, text: string]>([
    [NaN, '{"$number":"NaN"}'],
    [Infinity, '{"$number":"Infinity"}'],
    [-Infinity, '{"$number":"-Infinity"}'],
    [-0, '{"$number":"-0"}'],
    [[0, 0.1, null], '[0,0.1,null]'],
    [{ $number: 'NaN' }, '{"$$number":"NaN"}'],
    [{ $$number: -0 }, '{"$$$number":{"$number":"-0"}}'],
    ['NaN', '"NaN"'],
  ])('write %j as %s', (value, text) => {
    expect(encode(value)).toBe(text);
    expect(identical(decode(text), value)).toBe(true);
  });

  test('keep keys that belong to every object, and change no prototype', () => {
    const value = Object.fromEntries([
      ['__proto__', { polluted: -0 }],
      ['constructor', NaN],
    ]);
    const back = decode(encode(value)) as Record<string, Json>;
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('take data a thousand levels deep', () => {
    let value: Json = -0;
    for (let level = 0; level < 500; level++) value = { deeper: [value] };
    expect(sameJson(decode(encode(value)), value)).toBe(true);
  });

  test('leave the value as it was, and share nothing with the copy', () => {
    const value = { list: [1, NaN], inner: { x: -0 } };
    const copy = copyJson(value) as typeof value;
    expect(copy).toStrictEqual(value);
    copy.list.push(3);
    copy.inner.x = 7;
    expect(value).toStrictEqual({ list: [1, NaN], inner: { x: -0 } });
  });

  test('take an object without a prototype', () => {
    expect(encode(Object.assign(Object.create(null), { a: 1 }) as Json)).toBe('{"a":1}');
  });
});

describe('encode refuses', () => {
  class Window {
    readonly size = 1;
  }
  test.each<[what: string, value: unknown, named: string]>([
    ['undefined', undefined, 'undefined'],
    ['a function', () => 1, 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a bigint', 1n, 'a bigint'],
    ['a typed array', new Float64Array(2), 'a Float64Array'],
    ['a date', new Date(0), 'a Date'],
    ['a map', new Map(), 'a Map'],
    ['an instance of a class', new Window(), 'a Window'],
    ['a promise', Promise.resolve(1), 'a Promise'],
    ['a boxed number', Object(1), 'a Number'],
  ])('%s, and names the place', (_what, value, named) => {
    const error = errorOf(() => encode({ groups: [{ ok: 1 }, { state: value }] } as unknown as Json));
    expect(error.code).toBe('NOT_JSON');
    expect(error.where).toEqual({ path: '$.groups[1].state' });
    expect(error.message).toContain(`$.groups[1].state is ${named}`);
    expect(codeOf(() => encode(value as Json))).toBe('NOT_JSON');
  });

  test('a hole in an array', () => {
    // oxlint-disable-next-line no-sparse-arrays -- it is the case
    expect(errorOf(() => encode([1, , 3] as unknown as Json)).where).toEqual({ path: '$[1]' });
  });

  test('data that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(codeOf(() => encode(loop as Json))).toBe('NOT_JSON');
  });
});

describe('decode', () => {
  test.each(['', '{', 'NaN', 'undefined', '[1,]', '{"a":1}x', '{"$number":NaN}'])('refuses %j', (text) => {
    const error = errorOf(() => decode(text));
    expect(error.code).toBe('NOT_JSON');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  test('refuses what is not text', () => {
    for (const value of [undefined, {}, Symbol('s')]) expect(codeOf(() => decode(value as never))).toBe('NOT_JSON');
  });

  test('leaves alone what only resembles a spelled number', () => {
    expect(decode('{"$number":"7"}')).toEqual({ $number: '7' });
    expect(decode('{"$number":"toString"}')).toEqual({ $number: 'toString' });
    expect(decode('{"$number":null}')).toEqual({ $number: null });
    expect(decode('{"$number":"NaN","unit":"m"}')).toEqual({ $number: 'NaN', unit: 'm' });
  });

  test('throws nothing but its own error, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          someJson.map(encode).map((text) => text.slice(0, -1)),
        ),
        (text) => {
          try {
            decode(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'NOT_JSON' });
          }
        },
      ),
      SEED,
    );
  });
});

describe('the same data', () => {
  test('is the same in any order of keys, and tells 0 from -0 and lists from objects', () => {
    expect(sameJson({ a: 1, b: [NaN] }, { b: [NaN], a: 1 })).toBe(true);
    expect(sameJson([1, 2], [2, 1])).toBe(false);
    expect(sameJson(0, -0)).toBe(false);
    expect(sameJson([], {})).toBe(false);
    expect(sameJson(null, {})).toBe(false);
    expect(sameJson(undefined, undefined)).toBe(true);
    expect(sameJson({ a: undefined as never }, { b: 1 })).toBe(false);
    expect(sameJson({ toString: 1 }, { a: 1 })).toBe(false);
  });
});
