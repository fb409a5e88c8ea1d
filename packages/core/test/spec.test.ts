import { cap, createClipper, decode, definePlugin, definePolicy, encode, fixed, warmup } from '@gradclip/core';
import type { ClipperSpec, Json, Measurement } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { describe, expect, test } from 'vitest';
import { codeOf } from './support/errors.ts';

const registry = createRegistry([
  definePlugin({
    meta: { name: 'rules', version: '1.0.0', apiVersion: 1 },
    policies: { fixed: { create: ({ threshold }: { threshold: number }) => fixed(threshold) } },
  }),
]);
const gradient = (norms: Record<string, number>): Measurement => {
  const power = Float64Array.from(Object.values(norms));
  return { order: 1, names: Object.keys(norms), power, size: power.map(() => 1), nonFinite: 0 };
};
const again = (spec: ClipperSpec): ClipperSpec => decode(encode(spec as unknown as Json)) as unknown as ClipperSpec;

describe('the spec of a clipper', () => {
  test('makes the same clipper, through text', () => {
    const clipper = createClipper(
      [
        { match: 'enc/', policy: cap(warmup(3, { steps: 1 }), 2), scope: 'tensor' },
        { match: /^dec\d/i, policy: 5, name: 'decoder' },
        { policy: Infinity },
      ],
      {
        norm: 1,
        epsilon: 0.5,
        envelope: { max: 1e6 },
        onNonFinite: 'zero',
        nonFiniteBudget: Infinity,
        shadows: { tight: 0.1 },
      },
    );
    const other = registry.clipper(again(clipper.spec()));
    for (const norm of [1, 4, 9]) {
      const one = gradient({ 'enc/w': norm, DEC1: 2 * norm, head: norm });
      expect(other.decide(one).decisions).toEqual(clipper.decide(one).decisions);
    }
    expect(other.state()).toEqual(clipper.state());
  });

  test('of a number is that number, and options that were not given are not in it', () => {
    expect(createClipper(2).spec()).toEqual({ policy: 2 });
    expect(createClipper(fixed(2), { norm: 1 }).spec()).toEqual({
      policy: { name: 'fixed', options: { threshold: 2 } },
      norm: 1,
    });
  });

  test('is that of what was given, without what is undefined, whatever becomes of it afterwards', () => {
    const options = { scope: 'global' as 'global' | 'tensor', envelope: { max: 5 as number | undefined } };
    const groups = [{ policy: 1 as number, scope: undefined }];
    const [clipper, grouped] = [createClipper(1, options as never), createClipper(groups as never)];
    options.scope = 'tensor';
    options.envelope.max = undefined;
    groups[0]!.policy = 2;
    expect(clipper.spec()).toEqual({ policy: 1, scope: 'global', envelope: { max: 5 } });
    expect(encode(grouped.spec() as unknown as Json)).toBe('{"policy":[{"policy":1}]}');
  });

  test('does not exist for what is not plain data', () => {
    const nameless = definePolicy({ name: 'mine', init: () => null, decide: (state) => [1, state] });
    const byFunction = [{ match: (name: string) => name === 'a', policy: 1 }, { policy: 2 }];
    for (const clipper of [
      createClipper(nameless),
      createClipper(byFunction),
      createClipper(1, { shadows: { nameless } }),
    ])
      expect(codeOf(() => clipper.spec())).toBe('NO_SPEC');
  });
});

describe('a forecast', () => {
  test('says which tensors share a norm, and what the guard does', () => {
    const groups = [
      { match: 'enc/', policy: 3 },
      { policy: 4, scope: 'tensor' as const },
    ];
    const forecast = createClipper(groups, { epsilon: 0.5, onNonFinite: 'pass' }).forecast(['enc/a', 'b', 'enc/c']);
    expect(['enc/a', 'b', 'enc/c'].map((name) => forecast!.key(name))).toEqual(['enc/', 'b', 'enc/']);
    expect(forecast).toMatchObject({ applied: true, epsilon: 0.5, dropsNonFinite: false });
    expect(codeOf(() => forecast!.key('x'))).toBe('UNKNOWN_TENSOR');
    expect(createClipper(1, { observe: true }).forecast(['w'])).toMatchObject({ applied: false, dropsNonFinite: true });
  });

  test('is refused where nothing would bound a key, if it must be bounded', () => {
    const bounded = { bounded: true };
    expect(createClipper(Infinity).forecast(['w'], bounded)).toBeUndefined();
    expect(createClipper(warmup(1, { steps: 2 })).forecast(['w'], bounded)).toBeUndefined();
    expect(
      createClipper(Infinity, { envelope: { max: 5 } })
        .forecast(['w'], bounded)!
        .bound('w'),
    ).toBe(5);
    expect(createClipper(2).forecast(['w'], bounded)!.bound('w')).toBe(2);
    expect(createClipper(Infinity).forecast(['w'])!.bound('w')).toBe(Infinity);
  });
});
