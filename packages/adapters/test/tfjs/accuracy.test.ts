import { describe, expect, it } from 'vitest';
import { random } from '../oracle.ts';
import { backend } from './backend.ts';
import { expectNear, expectNorms, measured } from './lateSupport/measure.ts';
import type { Shapes } from './lateSupport/measure.ts';
import { normOf } from './lateSupport/norms.ts';
import { isSlow } from './lateSupport/run.ts';
import type { Values } from './lateSupport/run.ts';

const filled = (size: number, value: number): Float32Array => new Float32Array(size).fill(value);
const noise = (size: number, seed: number = size, length: number = 1): Float32Array => {
  const next = random(seed);
  return Float32Array.from({ length: size }, () => length * (2 * next() - 1));
};

describe('the norm of a tensor', () => {
  const sizes = [1, 2, 15, 16, 17, 31, 33, 1000, 4096, 65_536, 65_537, 262_144];
  it.each(isSlow ? sizes : [...sizes, 2_000_000])('of %i random elements', async (size) => {
    for (const norm of size > (isSlow ? 5000 : 100_000) ? [2] : [1, 2, Infinity])
      await expectNorms(`order ${norm}`, { w: noise(size) }, { norm });
  });

  // Each addition is wrong in the same direction.
  it.each(isSlow ? [17, 4096, 65_537] : sizes)('of %i equal elements, and one that is larger', async (size) => {
    for (const value of isSlow || size > 50_000 ? [0.1, 0.0138] : [0.1, 1 / 3, 0.7, 0.0138, 0.888]) {
      const [equal, larger] = [filled(size, value), filled(size, value)];
      larger[size >> 1] = 1;
      for (const norm of isSlow ? [1] : [1, 2]) {
        await expectNorms(`${value}, order ${norm}`, { equal }, { norm });
        await expectNorms(`${value} and 1, order ${norm}`, { larger }, { norm });
      }
    }
  });

  it.runIf(backend === 'wasm')('of 20 million elements, where tf.sum is one per cent off', async () => {
    const w = noise(20_000_000);
    const wanted = normOf(w);
    for (const clock of ['exact', 'late'] as const)
      expectNear((await measured({ w }, clock)).get('global'), wanted, clock);
  });

  it.each([1, 2, 3, 0.5, Infinity])('of order %d', async (norm) => {
    for (const size of [1, 17, 3000]) await expectNorms(`${size}`, { w: noise(size, 5, 3) }, { norm });
  });
});

describe('the joint norm', () => {
  it('of many small tensors', async () => {
    const count = isSlow ? 40 : 300;
    const values = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`w${i}`, noise((i % 40) + 1, i, 10 ** (i % 5))]),
    );
    for (const norm of [1, 2, Infinity]) await expectNorms(`order ${norm}`, values, { norm });
  });

  it('of small and large tensors, in any order', async () => {
    const large = isSlow ? 65_537 : 200_000;
    const values = {
      a: noise(3),
      b: noise(large, 1, 1e-3),
      c: noise(65_536, 2, 1e-2),
      d: noise(7, 3, 5),
      e: noise(65_537, 4),
    };
    for (const norm of isSlow ? [2] : [1, 2, Infinity]) await expectNorms(`order ${norm}`, values, { norm });
  });

  it('of zeros is 0', async () => {
    for (const norm of [1, 2, 3, 0.5, Infinity])
      for (const clock of ['exact', 'late'] as const) {
        const norms = await measured({ a: filled(70_000, 0), b: filled(1, 0), c: filled(5, -0) }, clock, { norm });
        expect([norm, clock, ...norms]).toEqual([norm, clock, ['global', 0]]);
      }
  });

  it('counts nothing for tensors without elements', async () => {
    const shapes = { empty: [0], none: [3, 0], w: [2] };
    const values = { empty: filled(0, 1), w: Float32Array.of(3, 4), none: filled(0, 1) };
    for (const scope of ['global', 'tensor', 'unit'] as const)
      for (const clock of ['exact', 'late'] as const) {
        const norms = await measured(values, clock, { shapes, scope });
        const key = { global: 'global', tensor: 'w', unit: 'w#0' }[scope];
        expect([scope, clock, ...norms]).toEqual([scope, clock, [key, 5]]);
      }
    const { empty, none } = values;
    for (const clock of ['exact', 'late'] as const)
      expect((await measured({ empty, none }, clock, { shapes })).size).toBe(0);
  });

  it('of scalars', async () => {
    const shapes = { a: [], b: [], c: [1, 1] };
    const values = { a: Float32Array.of(2), b: Float32Array.of(-3), c: Float32Array.of(6) };
    for (const clock of ['exact', 'late'] as const)
      expectNear((await measured(values, clock, { shapes })).get('global'), 7, clock);
  });
});

describe('the norm of each key', () => {
  const shapes: Shapes = {
    'a/w': [130, 7],
    'a/b': [7],
    'b/w': isSlow ? [50, 20] : [3, 5, 40, 200],
    'b/s': [],
    'b/u': [9, 1],
  };
  const values: Values = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      noise(
        shape.reduce((a, b) => a * b, 1),
        i,
        10 ** -i,
      ),
    ]),
  );
  const groups = [
    { match: 'a/', name: 'a', policy: Infinity },
    { match: /^b/, name: 'b', policy: Infinity },
  ];
  const joined = (prefix: string): number[] =>
    Object.keys(values).flatMap((name) => (name.startsWith(prefix) ? [...values[name]!] : []));
  const units = Object.entries(values).flatMap(([name, own]) => {
    const count = shapes[name]!.length > 1 ? shapes[name]!.at(-1)! : 1;
    return Array.from({ length: count }, (_, unit): [string, ArrayLike<number>] => [
      `${name}#${unit}`,
      own.filter((_, i) => i % count === unit),
    ]);
  });
  const cases: [string, Parameters<typeof measured>[2], [string, ArrayLike<number>][]][] = [
    ['global', {}, [['global', joined('')]]],
    [
      'group',
      { by: groups },
      [
        ['a', joined('a')],
        ['b', joined('b')],
      ],
    ],
    ['tensor', { scope: 'tensor' }, Object.entries(values)],
    ['unit', { scope: 'unit' }, units],
    ['tensor, in groups', { by: groups, scope: 'tensor' }, Object.entries(values)],
    ['unit, in groups', { by: groups, scope: 'unit' }, units],
  ];
  it.each(cases)('at scope %s', async (_, options, keys) => {
    for (const norm of [1, 2, 3, 0.5, Infinity])
      for (const clock of ['exact', 'late'] as const) {
        const norms = await measured(values, clock, { ...options, norm, shapes });
        expect([...norms.keys()]).toEqual(keys.map(([key]) => key));
        for (const [key, own] of keys)
          expectNear(norms.get(key), normOf(Array.from(own), norm), `${key}, ${norm}, ${clock}`);
      }
  });
});
