import { createClipper, rewarm } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { adaGC } from '../src/index.ts';
import type { AdaGCOptions } from '../src/index.ts';
import { afters, expectNear, outcomes, scene } from './published.ts';
import type { Fields } from './published.ts';

/** A global norm that is above 1 in most steps, and below it in some. */
const global: Fields = (norm, step) => ({ globalNorm: step % 7 === 3 ? Math.max(norm, 0.8) : 1.2 * norm + 0.5 });

describe('worked numbers', () => {
  test('the warm-up clips every tensor by the factor of the global norm, and keeps the smallest clipped norm', () => {
    const policy = adaGC({ warmup: 3, lambdaRel: 1.5, beta: 0.5 });
    const globals = [4, 0.5, 2, 9, 9];
    const answers = outcomes(policy, [2, 0.4, 1, 5, 0.1], (_, step) => ({ globalNorm: globals[step]! }));
    // gamma: 2/4, then 0.4, then min(0.4, 1/2); threshold 1.5 * 0.4, gamma 0.2 + 0.3, threshold 1.5 * 0.5
    expect(answers.map(({ bound }) => bound)).toEqual([
      { factor: 0.25 },
      Infinity,
      { factor: 0.5 },
      1.5 * 0.4,
      1.5 * (0.5 * 0.4 + 0.5 * (1.5 * 0.4)),
    ]);
  });

  test("record: 'raw' keeps the smallest norm before clipping", () => {
    const policy = adaGC({ warmup: 1, lambdaRel: 1.5, record: 'raw' });
    expect(outcomes(policy, [2, 5], () => ({ globalNorm: 4 })).at(-1)!.bound).toBe(3);
  });

  test("'global': one norm, a threshold of lambdaAbs in the warm-up", () => {
    const policy = adaGC({ scope: 'global', warmup: 2, lambdaRel: 1.5, beta: 0.5 });
    expect(afters(policy, [4, 0.5, 9, 9])).toEqual([1, 0.5, 0.75, 0.9375]);
    expect(policy.scope).toBe('global');
    expect(policy.needs).toBeUndefined();
  });

  test('without a warm-up the first norm passes and is gamma', () => {
    const policy = adaGC({ scope: 'global', warmup: 0, lambdaRel: 1.5, beta: 0.5 });
    expect(outcomes(policy, [4, 8, 0]).map(({ bound }) => bound)).toEqual([Infinity, 6, 7.5]);
  });

  test('in a clipper the warm-up keeps the direction of the whole gradient', () => {
    const clipper = createClipper(adaGC());
    const step = clipper.decide({
      order: 2,
      names: ['a', 'b'],
      power: Float64Array.of(9, 16),
      size: Float64Array.of(2, 2),
      nonFinite: 0,
    });
    expect([...step.factors('a'), ...step.factors('b')]).toEqual([0.2, 0.2]); // the joint norm is 5
    expect(step.normAfter).toBeCloseTo(1, 14);
  });
});

describe.each<AdaGCOptions>([
  {},
  { variant: 'paper' },
  { variant: 'ernie' },
  { lambdaRel: 2, beta: 0.5, lambdaAbs: 3, warmup: 20, guarded: false },
])('%o', (options) => {
  test('answers as the formulas do, per tensor', () => {
    const usual = scene.map((norm) => norm || 0.01); // zeros below
    expectNear(afters(adaGC(options), usual, global), slowly(options, usual, global));
  });

  test('answers as the formulas do, with one norm', () => {
    const usual = scene.map((norm) => norm || 0.01);
    const own: Fields = (norm) => ({ globalNorm: norm });
    expectNear(afters(adaGC({ ...options, scope: 'global' }), usual), slowly(options, usual, own));
  });
});

test('the three published settings', () => {
  const rest = { scope: 'tensor', lambdaAbs: 1, guarded: true };
  const clipped = { warmup: 100, record: 'clipped', ...rest };
  expect(adaGC().options).toEqual({ variant: 'megatron', lambdaRel: 1.04, beta: 0.99, ...clipped });
  expect(adaGC({ variant: 'paper' }).options).toEqual({ variant: 'paper', lambdaRel: 1.05, beta: 0.98, ...clipped });
  const raw = { warmup: 101, record: 'raw', ...rest };
  expect(adaGC({ variant: 'ernie' }).options).toEqual({ variant: 'ernie', lambdaRel: 1.03, beta: 0.98, ...raw });
});

describe('a tensor whose first gradient is 0', () => {
  const norms = [0, ...Array<number>(20).fill(1), ...Array<number>(20).fill(4)];
  const options = { scope: 'global', warmup: 10, lambdaAbs: Infinity } as const;

  test('guarded: zeros are not recorded, in the warm-up and after it', () => {
    const answers = outcomes(adaGC(options), norms);
    expect(answers[11]!.threshold).toBe(1.04);
    const [before, after] = outcomes(adaGC(options), [...norms.slice(0, 15), 0, 1]).slice(-2);
    expect(after!.threshold).toBe(before!.threshold);
  });

  test('guarded: a norm that is cut to 0 in the warm-up is not recorded either', () => {
    const answers = outcomes(adaGC({ warmup: 2 }), [1e-20, 0.5, 9], (_, step) => ({
      globalNorm: step === 0 ? Number.MAX_VALUE : 0.5,
    }));
    expect(answers[2]!.threshold).toBe(1.04 * 0.5);
  });

  test('as published gamma stays 0: there the gradient would be 0 for ever, here it is never clipped', () => {
    const answers = outcomes(adaGC({ ...options, guarded: false }), norms);
    expect(new Set(answers.map(({ threshold }) => threshold))).toEqual(new Set([Infinity]));
    expect(answers.map(({ after }) => after)).toEqual(norms);
  });
});

describe('after a lasting rise of 100 times', () => {
  const norms = [...Array<number>(150).fill(0.5), ...Array<number>(600).fill(50)];

  test('gamma rises by at most beta + (1 - beta) * lambdaRel a step', () => {
    const left = afters(adaGC({ scope: 'global' }), norms);
    // 0.99 + 0.01 * 1.04 = 1.0004
    expect(left.at(-1)! / left.at(-2)!).toBeCloseTo(1.0004, 12);
    expect(left.at(-1)).toBeLessThan(0.7);
  });

  const options = { scope: 'global', warmup: 50 } as const;

  test("rewarm ends that with record 'raw', when it waits longer than the warm-up", () => {
    const left = afters(rewarm(adaGC({ ...options, record: 'raw' }), { after: 80 }), norms);
    expect(left.slice(150 + 80 + 50)).toEqual(Array(470).fill(50));
  });

  test('as published a new warm-up finds no norm above lambdaAbs', () => {
    const left = afters(rewarm(adaGC(options), { after: 80 }), norms);
    expect(left[150 + 80 + 50]).toBe(1.04);
    expect(Math.max(...left.slice(150 + 80))).toBeLessThan(1.1);
    const uncapped = afters(rewarm(adaGC({ ...options, lambdaAbs: Infinity }), { after: 80 }), norms);
    expect(uncapped.slice(150 + 80)).toEqual(Array(520).fill(50));
  });
});

test('forecasts, but not the warm-up per tensor', () => {
  const coming = { step: 0, key: 'global' };
  const tensor = adaGC({ warmup: 1 });
  const state = tensor.init('global');
  expect(tensor.forecast!(state, coming)).toBeUndefined();
  const [, next] = tensor.decide(state, { ...coming, norm: 1, size: 1, globalNorm: 1 });
  expect(tensor.forecast!(next, { ...coming, step: 1 })).toBe(1.04);
  const whole = adaGC({ scope: 'global', lambdaAbs: 3 });
  expect(whole.forecast!(whole.init('global'), coming)).toBe(3);
});

test('explains itself', () => {
  const policy = adaGC({ warmup: 1, beta: 0.5, lambdaRel: 1.5, scope: 'global' });
  let state = policy.init('global');
  const words = [policy.explain!(state)];
  for (const norm of [0.5, 3]) {
    [, state] = policy.decide(state, { step: words.length - 1, key: 'global', norm, size: 1 });
    words.push(policy.explain!(state));
  }
  const cold = adaGC({ warmup: 0, scope: 'global' });
  expect(cold.explain!(cold.init('global'))).toBe(
    'no threshold: no norm was known, or gamma was 0; no norm is recorded yet',
  );
  expect(words).toEqual([
    'no threshold of its own: 0 of 1 warm-up norms seen, clipped by the global norm; no norm is recorded yet',
    'no threshold of its own: 1 of 1 warm-up norms seen, clipped by the global norm; gamma is now 0.5',
    'threshold 0.75 = 1.5 * the average of clipped norms; gamma is now 0.625',
  ]);
});

describe('refuses', () => {
  test.each([
    [{ variant: 'torch' }, "adaGC({ variant }) must be one of 'paper', 'megatron', 'ernie', got \"torch\"."],
    [{ scope: 'unit' }, "adaGC({ scope }) must be one of 'tensor', 'global', got \"unit\"."],
    [{ lambdaRel: 0 }, 'adaGC({ lambdaRel }) must be a finite number > 0, got 0.'],
    [{ lambdaRel: null }, 'adaGC({ lambdaRel }) must be a finite number > 0, got null.'],
    [{ beta: 1 }, 'adaGC({ beta }) must be in [0, 1), got 1.'],
    [{ lambdaAbs: 0 }, 'adaGC({ lambdaAbs }) must be a number > 0, got 0.'],
    [{ warmup: -1 }, 'adaGC({ warmup }) must be an integer >= 0, got -1.'],
    [{ record: 'accepted' }, "adaGC({ record }) must be one of 'raw', 'clipped', got \"accepted\"."],
    [{ guarded: 0 }, 'adaGC({ guarded }) must be true or false, got 0.'],
    [{ lambda: 1 }, 'adaGC({ lambda }) is not an option here.'],
  ])('%o', (options, message) => {
    expect(() => adaGC(options as AdaGCOptions)).toThrow(message);
  });
});

/** The rule as it is written down, for one tensor. */
function slowly(options: AdaGCOptions, norms: readonly number[], fields: Fields): number[] {
  const published = { paper: [1.05, 0.98, 100], megatron: [1.04, 0.99, 100], ernie: [1.03, 0.98, 101] };
  const [lambda, decay, start] = published[options.variant ?? 'megatron'] as [number, number, number];
  const { lambdaRel = lambda, beta = decay, warmup = start, lambdaAbs = 1 } = options;
  const gammas: number[] = [];
  return norms.map((norm, step) => {
    if (step < warmup) {
      const after = norm * Math.min(lambdaAbs / fields(norm, step).globalNorm!, 1);
      gammas.push(Math.min(gammas.at(-1) ?? Infinity, options.variant === 'ernie' ? norm : after));
      return after;
    }
    const gamma = gammas.at(-1)!;
    const after = norm * Math.min((lambdaRel * gamma) / norm, 1);
    gammas.push(beta * gamma + (1 - beta) * after);
    return after;
  });
}
