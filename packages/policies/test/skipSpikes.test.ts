import { rewarm } from '@gradclip/core';
import type { GradientNormEvent } from '@gradclip/core';
import { createRegistry } from '@gradclip/core/registry';
import { policyChecks } from '@gradclip/core/testing';
import { describe, expect, test } from 'vitest';
import { policiesPlugin, skipSpikes } from '../src/index.ts';
import type { SkipSpikesOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, ordinary, POISONS, poisoned } from './answers.ts';
import { isSkip, skipped } from './skipping.ts';

const registry = createRegistry([policiesPlugin]);

describe('rnmt', () => {
  const variant = 'rnmt';

  test.each([
    { variant },
    { variant, decay: 0.9, sigmaFactor: 2 },
    { variant, decay: 0.98, lowerCap: 0.5, capMin: 20 },
  ] as const)('%o: skips what the published tracker skips', (options) => {
    const {
      decay = 0.995,
      sigmaFactor = 4,
      lowerCap = 0.01,
      capMin = 0,
    } = options as { decay?: number; sigmaFactor?: number; lowerCap?: number; capMin?: number };
    const norms = [...COURSE.slice(0, 240), ...ordinary(300), 40, 2, ...ordinary(50, 20), ...ordinary(50, 0.01)];
    let [logMean, logMeanSquared, totalWeight] = [0, 0, 0];
    const wanted = norms.flatMap((norm, i) => {
      const mean = logMean / Math.max(totalWeight, 1e-6);
      const std = Math.sqrt(Math.max(logMeanSquared / Math.max(totalWeight, 1e-6) - mean * mean, 1e-6));
      const log = Math.log(Math.max(norm, lowerCap) + 1);
      const limit = Math.max(mean + std * sigmaFactor, Math.log(capMin + 1));
      const trigger = log > limit && totalWeight > 0.75;
      const capped = Math.min(log, limit);
      logMean += (1 - decay) * (capped - logMean);
      logMeanSquared += (1 - decay) * (capped * capped - logMeanSquared);
      totalWeight += (1 - decay) * (1 - totalWeight);
      return trigger ? [i] : [];
    });
    expect(skipped(options, eventsOf(norms))).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(0);
  });

  test('watches 277 steps: 1 - 0.995^277 is the first weight above 3/4', () => {
    const skips = (count: number) => skipped({ variant }, eventsOf([...ordinary(count), 1e6]));
    expect(skips(276)).toEqual([]);
    expect(skips(277)).toEqual([277]);
  });

  test.each([10, 100, 1e4])('goes on within 80 steps after a lasting rise of %d times', (level) => {
    const steps = skipped({ variant }, eventsOf([...ordinary(1000), ...ordinary(1000, level)]));
    expect(steps[0]).toBe(1000);
    expect(steps.at(-1)).toBeLessThan(1080);
  });

  test('norms up to capMin are no spikes', () => {
    const events = eventsOf([...ordinary(400, 0.1), 4]);
    expect(skipped({ variant }, events)).toEqual([400]);
    expect(skipped({ variant, capMin: 5 }, events)).toEqual([]);
  });
});

describe('megatron', () => {
  test('above a constant, which is off by default', () => {
    expect(skipped({ variant: 'megatron', threshold: 5 }, eventsOf([4, 5, 5.1, 0]))).toEqual([2]);
    expect(skipped({ variant: 'megatron' }, eventsOf([1e300]))).toEqual([]);
  });

  test('megatronRerun: at least ten times the largest of the first hundred', () => {
    const first = ordinary(100);
    const largest = Math.max(...first);
    const norms = [...first, 10 * largest * (1 - 1e-9), 10 * largest, 1];
    expect(skipped({ variant: 'megatronRerun' }, eventsOf(norms))).toEqual([101]);
    // 30 is within the first two; 60 is not among them
    expect(skipped({ variant: 'megatronRerun', samples: 2, multiple: 2 }, eventsOf([1, 30, 59, 60, 61]))).toEqual([
      3, 4,
    ]);
  });

  test('megatronRerun skips for ever after a lasting rise; rewarm ends that', () => {
    const norms = [...ordinary(200), ...ordinary(200, 100)];
    expect(skipped({ variant: 'megatronRerun' }, eventsOf(norms)).length).toBe(200);
    const bounds = answers(rewarm(skipSpikes({ variant: 'megatronRerun' }), { after: 10 }), eventsOf(norms));
    expect(bounds.filter(isSkip).length).toBe(10);
  });

  test('megatronRerun: a largest norm of 0 skips nothing', () => {
    expect(skipped({ variant: 'megatronRerun', samples: 3 }, eventsOf([0, 0, 0, 0, 5]))).toEqual([]);
  });
});

describe.each([
  { on: 'norm' },
  { variant: 'levanter', on: 'norm' },
  { variant: 'rnmt', decay: 0.98 },
] as SkipSpikesOptions[])('%o', (options) => {
  test.each(POISONS)('lives through norms of %d', (poison) => {
    for (const norms of Object.values(poisoned(poison)))
      expect(skipped(options, eventsOf(norms)).filter((i) => i >= norms.length - 200)).toEqual([]);
  });
});

describe.each([
  {},
  { variant: 'levanter', window: 9 },
  { on: 'loss', window: 5, guarded: true },
] as SkipSpikesOptions[])('keeps the promises of a policy with a loss: %o', (options) => {
  for (const { name, run } of policyChecks(() => skipSpikes(options), { registry })) test(name, run);
});

test('says why', () => {
  const reasonOf = (options: SkipSpikesOptions, events: readonly GradientNormEvent[]) =>
    (answers(skipSpikes(options), events).at(-1) as { skip: string }).skip;
  const losses = eventsOf([1, 1, 1]).map((event, i) => ({ ...event, loss: [1, 3, 40][i]! }));
  expect(reasonOf({ variant: 'levanter', window: 4 }, losses)).toBe('loss 40 is above 2 + 6 * 1');
  expect(reasonOf({ variant: 'levanter', window: 4, on: 'norm' }, eventsOf([1, 3, 40]))).toBe(
    'norm 40 is above 2 + 6 * 1',
  );
  expect(reasonOf({ variant: 'megatron', threshold: 2 }, eventsOf([3]))).toBe('norm 3 is above 2');
  expect(reasonOf({ variant: 'megatronRerun', samples: 1 }, eventsOf([1, 30]))).toBe('norm 30 is 10 * 1 or more');
  expect(reasonOf({ variant: 'rnmt', decay: 0.5 }, eventsOf([0.01, 0.01, 0.01, 9]))).toMatch(/^norm 9 is above 0\.0/);
});

test('explains itself', () => {
  const after = (options: SkipSpikesOptions, events: readonly GradientNormEvent[]) => {
    const policy = skipSpikes(options);
    let state = policy.init('global');
    for (const event of events) state = policy.decide(state, event)[1];
    return policy.explain!(state);
  };
  expect(after({ on: 'norm' }, eventsOf([1]))).toBe('norms: mean 1, std 0 of 1; 63 are needed');
  expect(after({ variant: 'levanter', on: 'loss' }, eventsOf([1], { loss: 2 }))).toBe(
    'losses: mean 2, std 0 of 1; 64 are needed',
  );
  expect(after({ variant: 'rnmt' }, eventsOf([1]))).toBe('no limit yet: 0.005 of the weight is known, 0.75 is needed');
  expect(after({ variant: 'rnmt', decay: 0.5, capMin: 7 }, eventsOf([1, 1, 1]))).toBe('norms above 7 are skipped');
  expect(after({ variant: 'megatron', threshold: 3 }, [])).toBe('norms above 3 are skipped');
  expect(after({ variant: 'megatronRerun' }, eventsOf([1, 4]))).toBe('2 of 100 norms watched, the largest was 4');
});

test('options have their defaults filled in; there is no forecast', () => {
  const deviation = { on: 'both', sigmaFactor: 6, window: 128 };
  expect(skipSpikes().options).toEqual({ variant: 'olmo', ...deviation, guarded: false });
  expect(skipSpikes({ variant: 'levanter' }).options).toEqual({ variant: 'levanter', ...deviation });
  const rnmt = { variant: 'rnmt', sigmaFactor: 4, decay: 0.995, lowerCap: 0.01, capMin: 0 } as const;
  expect(skipSpikes({ variant: 'rnmt' }).options).toEqual(rnmt);
  expect(skipSpikes({ variant: 'megatron' }).options).toEqual({ variant: 'megatron', threshold: Infinity });
  const rerun = { variant: 'megatronRerun', multiple: 10, samples: 100 } as const;
  expect(skipSpikes({ variant: 'megatronRerun' }).options).toEqual(rerun);
  for (const variant of ['olmo', 'levanter', 'rnmt', 'megatron', 'megatronRerun'] as const)
    expect('forecast' in skipSpikes({ variant })).toBe(false);
});

describe('refuses', () => {
  test.each([
    [null, 'skipSpikes(options) must be an object, got null.'],
    [
      { variant: 'palm' },
      "skipSpikes({ variant }) must be one of 'olmo', 'levanter', 'rnmt', 'megatron', 'megatronRerun'",
    ],
    [{ on: 'all' }, "skipSpikes({ on }) must be one of 'both', 'norm', 'loss', got \"all\"."],
    [{ sigmaFactor: 0 }, 'skipSpikes({ sigmaFactor }) must be a finite number > 0, got 0.'],
    [{ window: 1 }, 'skipSpikes({ window }) must be an integer >= 2, got 1.'],
    [{ guarded: 'yes' }, 'skipSpikes({ guarded }) must be true or false, got "yes".'],
    [{ threshold: 3 }, 'skipSpikes({ threshold }) is not an option here.'],
    [{ variant: 'levanter', guarded: true }, 'skipSpikes({ guarded }) is not an option here.'],
    [{ variant: 'rnmt', sigmaFactor: -1 }, 'skipSpikes({ sigmaFactor }) must be a finite number > 0, got -1.'],
    [{ variant: 'rnmt', decay: 1 }, 'skipSpikes({ decay }) must be in (0, 1), got 1.'],
    [{ variant: 'rnmt', lowerCap: -1 }, 'skipSpikes({ lowerCap }) must be a finite number >= 0, got -1.'],
    [{ variant: 'rnmt', capMin: NaN }, 'skipSpikes({ capMin }) must be a finite number >= 0, got NaN.'],
    [{ variant: 'megatron', threshold: 0 }, 'skipSpikes({ threshold }) must be a number > 0, got 0.'],
    [{ variant: 'megatronRerun', multiple: 0 }, 'skipSpikes({ multiple }) must be a finite number > 0, got 0.'],
    [{ variant: 'megatronRerun', samples: 0 }, 'skipSpikes({ samples }) must be an integer >= 1, got 0.'],
    [{ variant: 'megatronRerun', window: 3 }, 'skipSpikes({ window }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => skipSpikes(options as SkipSpikesOptions)).toThrow(message);
  });
});
