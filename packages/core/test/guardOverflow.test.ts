import { createClipper } from '@gradclip/core';
import type { ClipperOptions } from '@gradclip/core';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, clip, codeOf, codesOf, measure, recording, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

describe('numbers that are bad without a bad element', () => {
  const column = (value: number): Float64Array => Float64Array.of(value);
  const decide = (options: ClipperOptions, change: object): ReturnType<typeof clip> => {
    const clipper = createClipper(
      answering(() => 1, { needs: ['weightNorm'] }),
      options,
    );
    return clipper.decide({ ...measure(clipper.plan, { w: [2] }, { weights: { w: [1] } }), ...change });
  };

  it.each([
    ['a sum of powers that is NaN', { power: column(NaN) }, {}, 'NaN'],
    ['a sum of powers that overflowed', { power: column(Infinity) }, {}, 'global'],
    ['a sum of powers below zero', { power: column(-4) }, { norm: 1 }, 'global'],
    ['a norm that exceeds the largest number', { power: column(1e300), scale: column(2 ** 900) }, {}, 'global'],
    ['a norm that overflows when it is un-scaled', { power: column(1e300), lossScale: 2 ** -1000 }, {}, 'global'],
    ['weights that are not finite', { weightPower: column(NaN) }, {}, 'weights'],
    ['weights that overflowed', { weightPower: column(Infinity) }, {}, 'weights'],
  ])('%s makes a bad step', (_name, change, options, named) => {
    for (const onNonFinite of ['skip', 'zero'] as const) {
      const step = decide({ ...options, onNonFinite }, change);
      expect(step).toMatchObject({ action: 'skip', proceed: false, norm: NaN, normAfter: 0, factor: 1 });
      expect(step.reason).toContain(named);
    }
    expect(decide({ ...options, onNonFinite: 'pass' }, change)).toMatchObject({ action: 'pass', factor: 1 });
    expect(codeOf(() => decide({ ...options, onNonFinite: 'throw' }, change))).toBe('NON_FINITE');
  });

  it("weights of an absent gradient are nobody's concern", () => {
    const clipper = createClipper(
      answering(() => 1, { needs: ['weightNorm'] }),
      { scope: 'tensor' },
    );
    const step = clip(clipper, { w: [2], absent: [] }, { weights: { w: [1], absent: [NaN] } });
    expect(step.action).toBe('scale');
  });

  it('a joint norm that exceeds the largest number never reaches a policy', () => {
    const { policy, asked } = recording({ needs: ['globalNorm'] });
    const clipper = createClipper(policy, { scope: 'tensor' });
    // Each norm is 1.5e308; together sqrt(2) * 1.5e308 is above 1.8e308.
    const scale = Float64Array.of(2 ** 1000, 2 ** 1000);
    const power = Float64Array.of((1.5e308 / 2 ** 1000) ** 2, (1.5e308 / 2 ** 1000) ** 2);
    const step = clipper.decide({ ...measure(clipper.plan, { a: [1], b: [1] }), power, scale });
    expect(asked.filter(({ globalNorm }) => !Number.isFinite(globalNorm))).toEqual([]);
    expect(step).toMatchObject({ action: 'skip', norm: NaN });
  });

  it('a loss that is not finite makes a bad step where a policy needs the loss, and else does nothing', () => {
    for (const loss of [NaN, Infinity, -Infinity]) {
      const needing = recording({ needs: ['loss'] });
      const step = clip(createClipper(needing.policy), { w: [1] }, { loss });
      expect(step).toMatchObject({ action: 'skip', proceed: false, norm: NaN });
      expect(step.reason).toContain(`loss is ${loss}`);
      expect(needing.asked).toEqual([]);
      expect(clip(createClipper(1), { w: [1] }, { loss }).action).toBe('pass');
      const shadowed = createClipper(1, { shadows: { needing: needing.policy } });
      expect(clip(shadowed, { w: [1] }, { loss }).action).toBe('pass');
      expect(needing.asked).toEqual([]);
    }
  });

  it.each([NaN, Infinity])(
    'the decision of a key with a sum of powers of %d has no norm, that of the others has',
    (power) => {
      const clipper = createClipper(1, { scope: 'tensor' });
      const m = { ...measure(clipper.plan, { a: [3], b: [2] }), power: Float64Array.of(9, power) };
      expect(clipper.decide(m).decisions.map(({ key, norm, action }) => [key, norm, action])).toEqual([
        ['a', 3, 'skip'],
        ['b', NaN, 'skip'],
      ]);
    },
  );

  it('says so without naming an element, and once a step', () => {
    const clipper = createClipper(1, { scope: 'tensor' });
    const alerts = alertsOf(clipper);
    clipper.decide({ ...measure(clipper.plan, { a: [1], b: [2] }), power: Float64Array.of(1, NaN) });
    expect(codesOf(alerts)).toEqual(['NON_FINITE']);
    expect(alerts[0]!.message).toContain('the norm of b is NaN');
  });
});
