import { createClipper, decode, encode } from '@gradclip/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsOf, answering, clip, clipNorms, codeOf, codesOf, errorOf, withoutWarnings } from './support/clipper.ts';

withoutWarnings();

const bads = (count: number): number[] => Array.from({ length: count }, () => NaN);

describe('the budget of bad steps', () => {
  it('halts at the tenth bad step in a row', () => {
    for (const onNonFinite of ['skip', 'zero'] as const) {
      const clipper = createClipper(1, { onNonFinite });
      const steps = clipNorms(clipper, bads(10));
      expect(steps.map(({ action }) => action)).toEqual([...bads(9).map(() => onNonFinite), 'halt']);
      expect(steps[9]).toMatchObject({ step: 9, proceed: false, norm: NaN, normAfter: 0 });
      expect(steps[9]!.reason).toContain('w[0] = NaN');
      expect(steps[9]!.reason).toContain('10');
    }
  });

  it('starts again after a good step', () => {
    const clipper = createClipper(1);
    const steps = clipNorms(clipper, [...bads(9), 1, ...bads(9), 1, ...bads(10)]);
    expect(steps.map(({ action }) => action).indexOf('halt')).toBe(29);
  });

  it('a zero norm is a good step', () => {
    const steps = clipNorms(createClipper(1, { nonFiniteBudget: 2 }), [NaN, 0, NaN, 0, NaN, 1]);
    expect(steps.map(({ action }) => action)).toEqual(['skip', 'pass', 'skip', 'pass', 'skip', 'pass']);
  });

  it('a bad step counts once, however many keys are bad', () => {
    const clipper = createClipper(1, { scope: 'tensor', nonFiniteBudget: 2 });
    expect(clip(clipper, { a: [NaN], b: [NaN], c: [NaN] }).action).toBe('skip');
    expect(clip(clipper, { a: [NaN], b: [NaN], c: [NaN] }).action).toBe('halt');
  });

  it('halts exactly when that many in a row are bad, whatever the steps are', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (good, budget) => {
        const clipper = createClipper(1, { nonFiniteBudget: budget });
        let row = 0;
        for (const isGood of good) {
          if (row === budget) {
            expect(codeOf(() => clipNorms(clipper, [1]))).toBe('HALTED');
            continue;
          }
          row = isGood ? 0 : row + 1;
          const [step] = clipNorms(clipper, [isGood ? 0.5 : Infinity]);
          expect(step!.action).toBe(isGood ? 'pass' : row === budget ? 'halt' : 'skip');
        }
      }),
      { seed: 20_130_716 },
    );
  });

  it('never halts when it is infinite', () => {
    const steps = clipNorms(createClipper(1, { nonFiniteBudget: Infinity }), bads(100));
    expect(steps.every(({ action }) => action === 'skip')).toBe(true);
  });

  it('alerts every bad step and the halt', () => {
    const clipper = createClipper(1, { nonFiniteBudget: 2 });
    const alerts = alertsOf(clipper);
    clipNorms(clipper, bads(2));
    expect(codesOf(alerts)).toEqual(['NON_FINITE', 'NON_FINITE', 'HALTED']);
    expect(alerts.map(({ step }) => step)).toEqual([0, 1, 1]);
  });
});

describe('a halted clipper', () => {
  const halted = () => {
    const clipper = createClipper(
      answering((_, seen) => seen + 1),
      { nonFiniteBudget: 2 },
    );
    clipNorms(clipper, [5, NaN, NaN]);
    return clipper;
  };
  const fresh = () =>
    createClipper(
      answering((_, seen) => seen + 1),
      { nonFiniteBudget: 2 },
    );

  it('refuses every further step, and says why it stopped', () => {
    const clipper = halted();
    for (let i = 0; i < 3; i++) {
      const error = errorOf(() => clip(clipper, { w: [1] }));
      expect(error).toMatchObject({ code: 'HALTED', where: { step: 2 } });
      expect(error!.message).toContain('w[0] = NaN');
    }
    expect(codeOf(() => clipper.forecast(['w']))).toBe('HALTED');
    expect(clipper.stats().steps).toBe(3);
  });

  it('saves and restores as halted', () => {
    const saved = decode(encode(halted().state()));
    const other = fresh();
    other.restore(saved);
    expect(errorOf(() => clip(other, { w: [1] }))).toMatchObject({ code: 'HALTED', where: { step: 2 } });
    expect(encode(other.state())).toBe(encode(saved));
  });

  it('goes on with clearFaults, with its policy state and the next number', () => {
    const other = fresh();
    other.restore(halted().state(), { clearFaults: true });
    // The policy has seen one norm: its next threshold is 2.
    expect(clip(other, { w: [5] })).toMatchObject({ step: 3, action: 'scale', threshold: 2 });
    expect(clipNorms(other, [NaN])[0]!.action).toBe('skip');
  });

  it('can be brought back to a state before the bad steps', () => {
    const clipper = fresh();
    clipNorms(clipper, [5]);
    const saved = clipper.state();
    clipNorms(clipper, [NaN, NaN]);
    clipper.restore(saved);
    expect(clipNorms(clipper, [NaN, NaN]).map(({ action }) => action)).toEqual(['skip', 'halt']);
  });

  it('counts bad steps after a rollback as a clipper that never saw them before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 3 }),
        fc.array(fc.boolean(), { maxLength: 3 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        (before, undone, after) => {
          const norms = (good: readonly boolean[]): number[] => good.map((isGood) => (isGood ? 1 : NaN));
          const make = () => createClipper(1, { nonFiniteBudget: 4 });
          const [rolledBack, untouched] = [make(), make()];
          clipNorms(rolledBack, norms(before));
          clipNorms(untouched, norms(before));
          const saved = rolledBack.state();
          for (const norm of norms(undone)) codeOf(() => clipNorms(rolledBack, [norm]));
          rolledBack.restore(saved);
          for (const norm of norms(after)) {
            const [step] = clipNorms(untouched, [norm]);
            expect(clipNorms(rolledBack, [norm])[0]!.action).toBe(step!.action);
            if (step!.action === 'halt') break;
          }
        },
      ),
      { seed: 20_130_716, numRuns: 300 },
    );
  });
});
