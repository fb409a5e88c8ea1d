import { createClipper } from '@gradclip/core';
import { clipBuffers } from '@gradclip/adapters/buffers';
import { adafactorClip, adopt, spam, stableAdamW, stableSpam, uClip } from '@gradclip/policies';
import { describe, expect, test } from 'vitest';
import { sentBy } from './sequences.ts';

const near = (x: number): number => expect.closeTo(x, 12) as unknown as number;
const column = (values: readonly number[]): number[][] => values.map((x) => [x]);

describe('spam', () => {
  test('by hand', () => {
    // v = 0.25 * 4 = 1 after the first, so the bound is sqrt(4 * 1) = 2; v = 0.75 * 1 + 0.25 * 4 = 1.75 after the second.
    const options = { theta: 4, beta2: 0.75, gradAccuSteps: 2 };
    const sent = sentBy(() => [spam(options)], column([2, -10, 2.6, 2.7]));
    // v = 0.75 * 1.75 + 0.25 * 2.6^2 = 3.0025 after the third, whose bound was sqrt(7) = 2.6458: it passes.
    expect(sent.flat()).toEqual([2, -2, 2.6, 2.7]);
  });

  test('loses an element that first moves when clipping is on, until the next cycle; guarded does not', () => {
    const steps = Array.from({ length: 60 }, (_, t) => [1, t < 25 ? 0 : 1]);
    const alive = (guarded: boolean): number[] =>
      sentBy(() => [spam({ deltaT: 40, guarded })], steps).flatMap(([, x], t) => (x === 1 ? [t] : []));
    expect(alive(false)[0]).toBe(39);
    expect(alive(true)[0]).toBe(25);
  });
});

describe('stableSpam', () => {
  test('by hand', () => {
    const options = { gamma1: 0.5, gamma2: 0.5, gamma3: 0.5, eps: 1e-300 };
    const sent = sentBy(
      () => [stableSpam(options)],
      [
        [3, 4],
        [1, 12],
      ],
    );
    expect(sent[0]).toEqual([near(0.6), near(0.8)]);
    // M = 0.5 * 2 + 0.5 * 12 = 7, T = 7 / 0.75 = 28/3, so 12 becomes 28/3; n = sqrt(1 + 784/9) = sqrt(793)/3.
    const n = Math.sqrt(793) / 3;
    // m = (0.5 * 2.5 + 0.5 * n) / 0.75 and v = (0.5 * 12.5 + 0.5 * n^2) / 0.75.
    const wanted = (1.25 + n / 2) / 0.75 / Math.sqrt((6.25 + n ** 2 / 2) / 0.75);
    expect(sent[1]).toEqual([near(wanted / n), near((28 / 3 / n) * wanted)]);
  });

  test('a reset lets a spike through, guarded does not', () => {
    const steps = Array.from({ length: 30 }, (_, t) => (t === 25 ? [1, 1000] : [1, 1]));
    // The step count is 7 at the spike, else 26: T = M / (1 - 0.999^count) is near 146 or 40, with M near 1.02.
    const ratio = (guarded: boolean): number => {
      const [a, b] = sentBy(() => [stableSpam({ deltaT: 20, guarded })], steps)[25]!;
      return b! / a!;
    };
    expect(ratio(false)).toBeGreaterThan(140);
    expect(ratio(true)).toBeLessThan(42);
  });

  test('leaves zeros alone', () => {
    expect(sentBy(() => [stableSpam()], [[0, 0]])).toEqual([[0, 0]]);
  });

  test('squares do not overflow', () => {
    expect(sentBy(() => [stableSpam()], [[3e150, 4e150]])).toEqual([[near(0.6), near(0.8)]]);
  });
});

describe('adafactorClip', () => {
  test('by hand', () => {
    // At t = 2, b = 0.75: v = 0.75 * 1 + 0.25 * 81 = 21, U^2 = 81 / 21, so 9 becomes 9 / sqrt(81 / 21) = sqrt(21).
    expect(sentBy(() => [adafactorClip({ decayRate: 2 })], column([1, 9])).flat()).toEqual([1, near(Math.sqrt(21))]);
    expect(sentBy(() => [adafactorClip({ d: 0.25 })], column([-8])).flat()).toEqual([-2]);
  });
});

describe('stableAdamW', () => {
  test('by hand', () => {
    // At t = 2, b = (0.25 - 0.5) / (0.25 - 1) = 1/3: v = 2/3 * 9 = 6, RMS^2 = 9 / 6, and 3 becomes sqrt(6).
    expect(sentBy(() => [stableAdamW({ beta2: 0.5 })], column([0, 3])).flat()).toEqual([0, near(Math.sqrt(6))]);
  });
});

describe('adopt', () => {
  test('by hand', () => {
    // v = 4 after step 0; the bounds are 1 * 2, and 2^0.25 * sqrt(0.5 * 4 + 0.5 * 100).
    const sent = sentBy(() => [adopt({ beta2: 0.5 })], column([2, 10, -100]));
    expect(sent.flat()).toEqual([0, 2, near(-(2 ** 0.25) * Math.sqrt(52))]);
  });

  test('holds down an element that was 0 in step 0; guarded does not', () => {
    const steps = [
      [1, 0],
      [1, 1],
      [1, 1],
    ];
    expect(sentBy(() => [adopt()], steps)).toEqual([
      [0, 0],
      [1, 1e-6],
      [1, near(2 ** 0.25 * 0.01)],
    ]);
    expect(sentBy(() => [adopt({ guarded: true })], steps).slice(0, 2)).toEqual(steps.slice(0, 2));
  });
});

describe('uClip', () => {
  test('sends later what a clipper cuts', () => {
    const sent = sentBy(() => [uClip()], column([2.5, 0, 0, 0]), { clipper: createClipper(1) });
    expect(sent.flat()).toEqual([1, 1, 0.5, 0]);
  });

  test('carries without limit where gradients stay above the bound, carryLimit ends it', () => {
    const steps = column([...Array.from({ length: 50 }, () => 2), ...Array.from({ length: 20 }, () => -2)]);
    // After 50 steps 50 is carried, of which 3 a step go away once the gradient has turned.
    expect(
      sentBy(() => [uClip({ gamma: 1 })], steps)
        .flat()
        .slice(65, 69),
    ).toEqual([1, 0, -1, -1]);
    const limited = sentBy(() => [uClip({ gamma: 1, carryLimit: 3 })], steps).flat();
    expect(limited.slice(50, 53)).toEqual([1, -1, -1]);
  });

  test('in float32 carries what rounding loses', () => {
    const clipper = createClipper(Infinity);
    const stages = [uClip()];
    let sum = 0;
    for (let step = 0; step < 1000; step++) {
      const W = Float32Array.of(step ? 0.1 : 2 ** 20);
      clipBuffers({ W }, clipper, { stages });
      sum += W[0]!;
    }
    expect(sum).toBe(2 ** 20 + 999 * Math.fround(0.1));
  });
});
