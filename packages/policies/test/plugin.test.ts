import { decode, encode } from '@gradclip/core';
import type { Json } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { policiesPlugin } from '../src/index.ts';
import { variants } from './variants.ts';

const registry = createRegistry([policiesPlugin]);

test('carries the name and version of the package', () => {
  expect(policiesPlugin.meta).toEqual({ name: manifest.name, version: manifest.version, apiVersion: 1 });
});

test('lists its policies', () => {
  const own = registry.list().filter(({ plugin }) => plugin === manifest.name);
  // Every function of the package that makes a policy, and nothing else.
  const made = variants.map(([, make]) => make().name);
  expect(own.map(({ name }) => name).toSorted()).toEqual([...new Set(made)].toSorted());
});

test.each(variants)('makes again, from text: %s', (_, make) => {
  const { name, options } = make();
  const again = registry.policy({ name, options: decode(encode(options!)) });
  expect(again.name).toBe(name);
  expect(again.options).toEqual(options);
});

test('options that have defaults may be left out', () => {
  expect(registry.policy({ name: 'fixed' }).options).toEqual({ threshold: 1 });
  expect(registry.policy({ name: 'movingAverage' }).options).toMatchObject({ kind: 'exponential', multiple: 2 });
});

describe('refuses as the functions do', () => {
  test.each([
    ['fixed', { threshold: 0 }, 'must be a number > 0, got 0.'],
    ['fixed', { treshold: 2 }, 'fixed({ treshold }) is not an option here. Known are threshold.'],
    ['decaying', undefined, 'decaying({ schedule }) must be one of'],
    ['movingAverage', { decay: 1 }, 'movingAverage({ decay }) must be in [0, 1), got 1.'],
    ['percentile', undefined, 'percentile({ p }) must be in [0, 100], got undefined.'],
    ['percentile', { p: '10' }, 'percentile({ p }) must be in [0, 100], got "10".'],
  ])('%s %o', (name, options: Json | undefined, message) => {
    const spec = options === undefined ? { name } : { name, options };
    expect(() => registry.policy(spec)).toThrow(message);
  });
});
