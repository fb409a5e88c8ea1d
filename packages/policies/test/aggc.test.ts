import { describe, expect, test } from 'vitest';
import { aggc } from '../src/index.ts';
import type { AggcOptions } from '../src/index.ts';
import { answers, COURSE, eventsOf, expectClose, normsAfter, ordinary, POISONS, poisoned } from './answers.ts';

const afterOf = (options: AggcOptions, norms: readonly number[]) =>
  normsAfter(answers(aggc(options), eventsOf(norms)), norms);

const LORA = {
  variant: 'lora',
  emaBeta: 0.95,
  lowMult: 0.95,
  highMult: 0.6,
  lowMultLate: 0.98,
  highMultLate: 0.7,
  switchRatio: 0.4,
  transitionRatio: 0.3,
  raiseSmall: false,
  minNorm: 0.01,
  totalSteps: Infinity,
  maxUpScale: 1.1,
  maxDownScale: 0.9,
} as const;

describe('worked numbers', () => {
  test('the released settings multiply nearly every norm by 0.9', () => {
    // average 0: no bound. Then 0.05 * 2 = 0.1, bound 0.06: 2 * max(0.03, 0.9) = 1.8; average 0.95 * 0.1 + 0.05 * 1.8 = 0.185,
    // bound 0.111
    const bounds = answers(aggc(), eventsOf([2, 2, 2]));
    expectClose(bounds, [Infinity, { threshold: 0.06, target: 1.8 }, { threshold: 0.111, target: 1.8 }]);
    const factors = afterOf({}, COURSE).map((norm, i) => norm / COURSE[i]!);
    const lowered = factors.slice(1, 150).filter((factor) => Math.abs(factor - 0.9) < 1e-12);
    expect(lowered.length).toBeGreaterThan(130);
  });

  test('a norm between both bounds passes, one below is raised', () => {
    const options = {
      emaBeta: 0.5,
      lowMult: 0.8,
      highMult: 1.5,
      raiseSmall: true,
      minNorm: 0,
      maxUpScale: 2,
      maxDownScale: 0,
    };
    // 4: average 2, bounds 1.6 and 3. 5 becomes 3: average 2.5, bounds 2 and 3.75. 3 passes: average 2.75, bounds 2.2 and
    // 4.125. 2 is raised by 1.1 to 2.2: average 2.475, bounds 1.98 and 3.7125. 0.5 is raised by 2, the limit, to 1.
    const bounds = answers(aggc(options), eventsOf([4, 5, 3, 2, 0.5, 0]));
    expectClose(bounds, [Infinity, 3, 3.75, { factor: 1.1 }, { factor: 2 }, 2.60625]); // 1.5 * (2.475 + 1) / 2
  });

  test('the least lower bound, and no limit to raising', () => {
    const options = { raiseSmall: true, minNorm: 0.5, maxUpScale: 0 };
    expectClose(answers(aggc(options), eventsOf([0.125])), [{ factor: 4 }]);
    expectClose(answers(aggc({ ...options, minNorm: 1 }), eventsOf([5e-324])), [{ factor: Number.MAX_VALUE }]);
  });

  test('the bounds move in a straight line', () => {
    const options = {
      emaBeta: 0,
      highMult: 1,
      highMultLate: 3,
      totalSteps: 10,
      switchRatio: 0.2,
      transitionRatio: 0.4,
    };
    // of an average of 1: early up to step 2, late from step 6 on
    const bounds = answers(aggc({ ...options, maxDownScale: 0 }), eventsOf(Array<number>(12).fill(1)));
    expectClose(bounds, [Infinity, 1, 1, 1.5, 2, 2.5, 3, 3, 3, 3, 3, 3]);
  });
});

test.each([
  {},
  { totalSteps: 500 },
  { variant: 'grpo', totalSteps: 500 },
  { variant: 'grpo', highMult: 1.5, maxUpScale: 0 },
  { highMult: 2, maxDownScale: 0 },
  { lowMult: 0.5, highMult: 1.2, raiseSmall: true, totalSteps: 600, transitionRatio: 0 },
] as AggcOptions[])('%o: leaves what the published loop leaves', (options) => {
  expectClose(afterOf(options, COURSE), published(options, COURSE));
});

describe('traps', () => {
  test('below 1 and without maxDownScale the average shrinks to nothing', () => {
    const after = afterOf({ maxDownScale: 0 }, ordinary(1500));
    expect(after.at(-1)).toBeLessThan(1e-6);
  });

  test('without maxDownScale the average climbs from 0, and after a lasting rise, by 1.025 a step at most', () => {
    const norms = [...ordinary(200), ...ordinary(200, 100)];
    const bounds = answers(aggc({ highMult: 1.5, maxDownScale: 0 }), eventsOf(norms)) as number[];
    const hits = norms.map((norm, i) => norm > bounds[i]!);
    expect(hits.slice(1, 60).every(Boolean)).toBe(true);
    expect(hits.slice(120, 200).filter(Boolean).length).toBeLessThan(25);
    expect(hits.slice(200, 300).every(Boolean)).toBe(true);
    bounds.slice(2).forEach((bound, i) => expect(bound / bounds[i + 1]!).toBeLessThanOrEqual(1.025 + 1e-12));
    const after = afterOf({ highMult: 1.5 }, norms);
    expect(after.every((norm, i) => norm >= 0.9 * norms[i]! - 1e-9)).toBe(true);
  });

  test.each(POISONS)('lives through norms of %d', (poison) => {
    for (const norms of Object.values(poisoned(poison))) {
      const after = afterOf({}, norms);
      const last = norms.slice(-100);
      const factors = after.slice(-100).map((norm, i) => norm / last[i]!);
      expect(factors.every((factor) => factor <= 1 && factor >= 0.9 - 1e-12)).toBe(true);
    }
  });
});

test('forecasts only where the bound does not depend on the norm', () => {
  expect('forecast' in aggc()).toBe(false);
  expect('forecast' in aggc({ maxDownScale: 0, raiseSmall: true })).toBe(false);
  const policy = aggc({ highMult: 2, maxDownScale: 0, totalSteps: 300 });
  let state = policy.init('global');
  for (const event of eventsOf(COURSE)) {
    const forecast = policy.forecast!(state, event);
    const [bound, next] = policy.decide(state, event);
    expect(bound).toBe(forecast);
    state = next;
  }
});

test('options have their defaults filled in, as released', () => {
  expect(aggc().options).toEqual(LORA);
  expect(aggc({ variant: 'grpo', totalSteps: 9 }).options).toEqual({
    ...LORA,
    variant: 'grpo',
    emaBeta: 0.99,
    lowMult: 0.98,
    highMult: 0.7,
    highMultLate: 0.999,
    switchRatio: 0.6,
    transitionRatio: 0.2,
    raiseSmall: true,
    minNorm: 0,
    totalSteps: 9,
  });
});

test('explains itself', () => {
  expect(aggc().explain!({ ema: 0.123456 })).toBe(
    'average of the norms after clipping 0.1235; the bounds are multiples of it',
  );
});

describe('refuses', () => {
  test.each([
    [{ variant: 'paper' }, "aggc({ variant }) must be one of 'lora', 'grpo', got \"paper\"."],
    [{ emaBeta: 1 }, 'aggc({ emaBeta }) must be in [0, 1), got 1.'],
    [{ lowMult: 0 }, 'aggc({ lowMult }) must be a finite number > 0, got 0.'],
    [{ highMult: Infinity }, 'aggc({ highMult }) must be a finite number > 0, got Infinity.'],
    [{ lowMultLate: -1 }, 'aggc({ lowMultLate }) must be a finite number > 0, got -1.'],
    [{ highMultLate: '1' }, 'aggc({ highMultLate }) must be a finite number > 0, got "1".'],
    [{ totalSteps: 0 }, 'aggc({ totalSteps }) must be an integer >= 1 or Infinity, got 0.'],
    [{ switchRatio: 1.1 }, 'aggc({ switchRatio }) must be in [0, 1], got 1.1.'],
    [{ transitionRatio: -1 }, 'aggc({ transitionRatio }) must be in [0, 1], got -1.'],
    [{ raiseSmall: 1 }, 'aggc({ raiseSmall }) must be true or false, got 1.'],
    [{ minNorm: -1 }, 'aggc({ minNorm }) must be a finite number >= 0, got -1.'],
    [{ maxUpScale: 0.9 }, 'aggc({ maxUpScale }) must be 0 or a number >= 1, got 0.9.'],
    [{ maxDownScale: 1.1 }, 'aggc({ maxDownScale }) must be in [0, 1], got 1.1.'],
    [{ beta: 0.9 }, 'aggc({ beta }) is not an option here. Known are variant, emaBeta,'],
  ])('%o', (options, message) => {
    expect(() => aggc(options as AggcOptions)).toThrow(message);
  });
});

/** The released loop, with its own names. */
function published(options: AggcOptions, norms: readonly number[]): number[] {
  const grpo = { ema: 0.99, low: 0.98, high: 0.7, lowLate: 0.98, highLate: 0.999, s: 0.6, w: 0.2, raise: true, min: 0 };
  const lora = {
    ema: 0.95,
    low: 0.95,
    high: 0.6,
    lowLate: 0.98,
    highLate: 0.7,
    s: 0.4,
    w: 0.3,
    raise: false,
    min: 0.01,
  };
  const base = options.variant === 'grpo' ? grpo : lora;
  const s = options.switchRatio ?? base.s;
  const w = Math.max(1e-6, options.transitionRatio ?? base.w);
  const maxUp = options.maxUpScale ?? 1.1;
  const maxDown = options.maxDownScale ?? 0.9;
  const lows = [options.lowMult ?? base.low, options.lowMultLate ?? base.lowLate] as const;
  const highs = [options.highMult ?? base.high, options.highMultLate ?? base.highLate] as const;
  let ema = 0;
  return norms.map((norm, step) => {
    const progress = options.totalSteps === undefined ? 0 : Math.min(1, step / options.totalSteps);
    const alpha = progress <= s ? 0 : progress >= s + w ? 1 : (progress - s) / w;
    const lower = Math.max(options.minNorm ?? base.min, ema * (lows[0] * (1 - alpha) + lows[1] * alpha));
    const upper = ema * (highs[0] * (1 - alpha) + highs[1] * alpha);
    let scale = 1;
    if (upper > 0 && norm > upper) {
      scale = upper / norm;
      if (maxDown > 0) scale = Math.max(scale, maxDown);
    } else if ((options.raiseSmall ?? base.raise) && lower > 0 && norm < lower && norm > 0) {
      scale = lower / norm;
      if (maxUp > 0) scale = Math.min(scale, maxUp);
    }
    const beta = options.emaBeta ?? base.ema;
    ema = beta * ema + (1 - beta) * norm * scale;
    return norm * scale;
  });
}
