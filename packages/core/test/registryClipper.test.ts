import { createClipper, decode, definePlugin, encode, fixed } from '@gradclip/core';
import type { Clipper, ClipperSpec, Json, Measurement } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { describe, expect, test } from 'vitest';
import { codeOf } from './support/errors.ts';
import { ring } from './support/policies.ts';

const rules = definePlugin({
  meta: { name: 'rules', version: '1.0.0', apiVersion: 1 },
  policies: {
    fixed: { create: ({ threshold }: { threshold: number }) => fixed(threshold) },
    ring: { create: ({ window }: { window: number }) => ring(window) },
  },
});
const registry = createRegistry([rules]);

const gradient = (norms: Record<string, number>): Measurement => {
  const power = Float64Array.from(Object.values(norms));
  return { order: 1, names: Object.keys(norms), power, size: power.map(() => 1), nonFinite: 0 };
};
const GRADIENTS = [1, 4, 2, 8, 3, 9, 1, 5].map((norm, i) =>
  gradient({ 'enc/w': norm, 'enc/b': norm / 2, 'dec/w': i, head: 1 }),
);
const decided = (clipper: Clipper): unknown => GRADIENTS.map((one) => clipper.decide(one).decisions);

describe('a clipper from plain data', () => {
  test('is that of the same policies in code', () => {
    const spec: ClipperSpec = {
      policy: { name: 'cap', options: { policy: { name: 'ring', options: { window: 2 } }, limit: 6 } },
      norm: 1,
      epsilon: 0.5,
    };
    const again = decode(encode(spec as unknown as Json)) as unknown as ClipperSpec;
    const clipper = registry.clipper(again);
    const written = createClipper(registry.policy(spec.policy as never), { norm: 1, epsilon: 0.5 });
    expect(decided(clipper)).toEqual(decided(written));
    expect(clipper.state()).toEqual(written.state());
  });

  test('has groups and shadows', () => {
    const clipper = registry.clipper({
      policy: [
        { match: 'enc/', policy: { name: 'ring', options: { window: 3 } }, scope: 'tensor' },
        { match: 'dec/', policy: 2, name: 'decoder' },
        { policy: { name: 'smallest', options: { policies: [4, { name: 'ring', options: { window: 1 } }] } } },
      ],
      shadows: { off: Infinity, tight: { name: 'ring', options: { window: 2 } } },
      norm: 1,
    });
    const written = createClipper(
      [
        { match: 'enc/', policy: ring(3), scope: 'tensor' },
        { match: 'dec/', policy: 2, name: 'decoder' },
        {
          policy: registry.policy({
            name: 'smallest',
            options: { policies: [4, { name: 'ring', options: { window: 1 } }] },
          }),
        },
      ],
      { norm: 1, shadows: { off: Infinity, tight: ring(2) } },
    );
    expect(decided(clipper)).toEqual(decided(written));
    expect(clipper.stats().shadows).toEqual(written.stats().shadows);
    expect([...clipper.stats().keys.keys()]).toEqual(['enc/w', 'enc/b', 'decoder', 'rest']);
    expect(clipper.state()).toEqual(written.state());
  });

  test('takes a number', () => {
    expect(registry.clipper({ policy: 2, norm: 1 }).decide(gradient({ w: 8 }))).toMatchObject({ factor: 0.25 }); // 2 / 8
  });

  test('restores what a clipper of the same spec has saved', () => {
    const spec: ClipperSpec = {
      policy: { name: 'rewarm', options: { policy: { name: 'ring', options: { window: 2 } }, after: 2 } },
      norm: 1,
    };
    const [first, second] = [registry.clipper(spec), createRegistry([rules]).clipper(spec)];
    for (const one of GRADIENTS.slice(0, 4)) first.decide(one);
    second.restore(decode(encode(first.state())));
    expect(decided(second)).toEqual(decided(first));
  });

  test.each<[what: string, spec: unknown, code: string]>([
    ['an unknown policy', { policy: { name: 'emma' } }, 'UNKNOWN_POLICY'],
    ['an unknown policy of a group', { policy: [{ policy: { name: 'emma' } }] }, 'UNKNOWN_POLICY'],
    ['an unknown policy of a shadow', { policy: 1, shadows: { a: { name: 'emma' } } }, 'UNKNOWN_POLICY'],
    ['an option of the clipper', { policy: 1, norm: 0 }, 'INVALID_OPTION'],
    ['an option of the policy', { policy: { name: 'cap', options: { policy: 1, limit: 0 } } }, 'INVALID_OPTION'],
    ['no policy', {}, 'INVALID_SPEC'],
    ['nothing', undefined, 'INVALID_SPEC'],
    ['a group that is none', { policy: [null] }, 'INVALID_SPEC'],
    ['an empty list of groups', { policy: [] }, 'INVALID_GROUP'],
  ])('refuses %s', (_what, spec, code) => {
    expect(codeOf(() => registry.clipper(spec as ClipperSpec))).toBe(code);
  });
});
