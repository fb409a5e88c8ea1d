import { readdirSync, readFileSync } from 'node:fs';
import * as core from '@gradclip/core';
import type { GradientStage, Json } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { clipBuffers } from '@gradclip/adapters/buffers';
import * as policies from '@gradclip/policies';
import { describe, expect, test } from 'vitest';

const { adafactorClip, adopt, policiesPlugin, spam, stableAdamW, stableSpam, uClip } = policies;
const registry = createRegistry([policiesPlugin]);
const factories = { adafactorClip, adopt, spam, stableAdamW, stableSpam, uClip };

test('the plugin lists them', () => {
  expect(registry.listStages().map(({ name }) => name)).toEqual(Object.keys(factories));
});

test.each(Object.entries(factories))('%s is made again from its spec', (name, factory) => {
  const own = factory();
  expect(own.name).toBe(name);
  const again = registry.stage({ name, options: core.decode(core.encode(own.options!)) });
  expect(again).toMatchObject({ name, options: own.options });
  expect(registry.stage({ name }).options).toEqual(own.options);
});

test('defaults are those of the official implementations', () => {
  expect(spam().options).toEqual({ theta: 5000, beta2: 0.999, deltaT: 500, gradAccuSteps: 20, guarded: false });
  expect(stableSpam().options).toMatchObject({ gamma1: 0.7, gamma2: 0.9, gamma3: 0.999, eps: 1e-8, deltaT: 1000 });
  expect(adafactorClip().options).toEqual({ d: 1, decayRate: 0.8, eps1: 1e-30 });
  expect(stableAdamW().options).toEqual({ beta2: 0.99, eps: 1e-6 });
  expect(adopt().options).toEqual({ beta2: 0.9999, eps: 1e-6, exponent: 0.25, guarded: false });
  expect(uClip().options).toEqual({ gamma: Infinity, carryLimit: Infinity });
});

test.each([
  ['spam', { theta: 0 }, 'spam({ theta }) must be a number > 0, got 0.'],
  ['spam', { threshold: 1 }, 'spam({ threshold }) is not an option here.'],
  ['spam', { beta2: 1 }, 'spam({ beta2 }) must be in [0, 1), got 1.'],
  ['spam', { deltaT: 1.5 }, 'must be an integer >= 1, or Infinity'],
  ['spam', { gradAccuSteps: -1 }, 'must be an integer >= 0'],
  ['spam', { guarded: 1 }, 'must be true or false'],
  ['stableSpam', { gamma2: NaN }, 'stableSpam({ gamma2 }) must be in [0, 1), got NaN.'],
  ['stableSpam', { eps: 0 }, 'must be a finite number > 0'],
  ['stableSpam', { deltaT: 0 }, 'must be an integer >= 1, or Infinity'],
  ['stableSpam', { totalT: 0 }, 'must be an integer >= 1, or null'],
  ['stableSpam', { etaMin: 2 }, 'must be in [0, 1]'],
  ['stableSpam', { guarded: null }, 'must be true or false'],
  ['adafactorClip', { d: -1 }, 'must be a number > 0'],
  ['adafactorClip', { decayRate: Infinity }, 'must be a finite number > 0'],
  ['adafactorClip', { eps1: 0 }, 'must be a finite number > 0'],
  ['stableAdamW', { beta2: '0.9' }, 'must be in [0, 1), got "0.9".'],
  ['stableAdamW', { eps: 0 }, 'must be a finite number >= 1e-150'],
  ['stableAdamW', { eps: 1e-170 }, 'must be a finite number >= 1e-150'],
  ['adopt', { beta2: -0.1 }, 'must be in [0, 1)'],
  ['adopt', { eps: NaN }, 'must be a finite number > 0'],
  ['adopt', { exponent: -1 }, 'must be a finite number >= 0'],
  ['adopt', { guarded: 0 }, 'must be true or false'],
  ['uClip', { gamma: 0 }, 'uClip({ gamma }) must be a number > 0, got 0.'],
  ['uClip', { carryLimit: -1 }, 'must be a number >= 0'],
])('refuses %s %o', (name, options: Json, message) => {
  expect(() => registry.stage({ name, options })).toThrow(message);
});

test('the state is of the size that is said: 8 bytes an element, 11 when saved', () => {
  for (const stage of [spam(), adafactorClip(), stableAdamW(), adopt(), uClip()] as GradientStage[]) {
    const state = stage.init('W', 3000) as { values: Float64Array };
    expect(state.values.byteLength).toBe(24_000);
    state.values.set([NaN, -0, Infinity, 5e-324, 1 / 3]);
    const saved = stage.save!(state);
    expect(core.encode(saved).length).toBeLessThan(11 * 3000);
    const again = stage.load!(saved, 1) as { values: Float64Array };
    expect(new Uint8Array(again.values.buffer)).toEqual(new Uint8Array(state.values.buffer));
    expect(() => stage.load!(saved, 2)).toThrow('is of version 2, not 1, or damaged.');
    expect(() => stage.load!(null, 1)).toThrow('damaged');
  }
  expect(core.encode(stableSpam().init('W', 3000) as unknown as Json).length).toBeLessThan(100);
});

test('a saved state that is damaged is refused', () => {
  const stage = spam() as GradientStage;
  const saved = stage.save!({ steps: 4, values: Float64Array.of(1, 2, 3) }) as { [field: string]: Json };
  const one = (stage.save!({ steps: 4, values: Float64Array.of(1) }) as typeof saved)['values']!;
  expect(stage.load!(saved, 1)).toEqual({ steps: 4, values: Float64Array.of(1, 2, 3) });
  const damages: readonly { [field: string]: Json }[] = [
    ...['', '!!!', 'AAAA', one, [1, 2, 3], null].map((values) => ({ values })),
    ...[2, null, '3'].map((length) => ({ length })),
    ...[-1, 0.5, null].map((steps) => ({ steps })),
  ];
  for (const damage of damages)
    expect(() => stage.load!({ ...saved, ...damage }, 1), core.encode(damage)).toThrow(
      expect.objectContaining({ code: 'STATE_MISMATCH' }),
    );
});

describe('examples in doc comments', () => {
  const folder = new URL('../../src/stages/', import.meta.url);
  const examples = readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/@example\n((?: \* [^@].*\n)+)/g)].map(
      (match) => [file, match[1]!] as const,
    ),
  );

  test('every stage has one', () => {
    expect(examples.map(([file]) => file)).toEqual(Object.keys(factories).map((name) => `${name}.ts`));
  });

  test.each(examples)('%s', (_file, text) => {
    let checks = 0;
    const check = (actual: unknown, expected: readonly number[]): void => {
      checks++;
      expect(actual).toEqual(expected.map((x) => expect.closeTo(x, 12) as unknown));
    };
    const lines = text.split('\n').map((line) => line.replace(/^ \* /, ''));
    const code = lines.map((line) => line.replace(/^(.+); \/\/ (\[.+\])$/, 'check($1, $2);')).join('\n');
    const scope = { ...core, ...policies, clipBuffers, check };
    // oxlint-disable-next-line typescript/no-implied-eval -- the examples of our own documentation
    new Function(...Object.keys(scope), code)(...Object.values(scope));
    expect(checks).toBe(1);
  });
});
