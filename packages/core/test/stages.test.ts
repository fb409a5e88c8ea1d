import { createClipper, defineStage } from '@gradclip/core';
import type { GradientArray, GradientStage } from '@gradclip/core';
import { describe, expect, test } from 'vitest';
import { withoutWarnings } from './support/clipper.ts';
import { codeOf, errorOf } from './support/errors.ts';
import { counting, stagedStep, stagesIn } from './support/stages.ts';

withoutWarnings();

describe('a step with stages', () => {
  test('transforms, and commits when it is taken', () => {
    const clipper = createClipper(Infinity);
    const stages = [counting()];
    const run = (): unknown => stagedStep(clipper, stages, { W: [1, 2], b: [3] });
    expect([run(), run(), run()]).toEqual([
      [[1, 2], [3]],
      [[2, 3], [4]],
      [[3, 4], [5]],
    ]);
    expect(clipper.stages.step).toBe(3);
  });

  test('gives every stage what the one before left, and what is sent', () => {
    const seen: unknown[] = [];
    const stage = (name: string, factor: number): GradientStage =>
      defineStage({
        name,
        init: (tensor, length) => ({ tensor, length }),
        transform: (state, gradient, step) => {
          seen.push([name, 'transform', state, [...gradient], step]);
          gradient.forEach((x, i) => (gradient[i] = x * factor));
        },
        commit: (state, raw, sent, step) => void seen.push([name, 'commit', state, [...raw], [...sent], step]),
      });
    stagedStep(createClipper(Infinity), [stage('a', 2), stage('b', 10)], { W: [1, 3] });
    const state = { tensor: 'W', length: 2 };
    expect(seen).toEqual([
      ['a', 'transform', state, [1, 3], 0],
      ['b', 'transform', state, [2, 6], 0],
      ['a', 'commit', state, [1, 3], [20, 60], 0],
      ['b', 'commit', state, [2, 6], [20, 60], 0],
    ]);
  });

  test.each([
    ['is skipped', createClipper({ ...skipping(), name: 'skip' }), [1]],
    ['only observes', createClipper(1, { observe: true }), [3]],
    ['has a bad element', createClipper(1), [NaN]],
    ['has a bad element that passes', createClipper(1, { onNonFinite: 'pass' }), [Infinity]],
  ])('commits nothing where it %s', (_, clipper, W) => {
    const stages = [counting()];
    expect(stagedStep(clipper, stages, { W })).toBeUndefined();
    expect(stagesIn(clipper)).toBeUndefined();
  });

  test('commits nothing where the stage makes a gradient bad', () => {
    const bad = counting({ transform: (_state, gradient) => void gradient.fill(NaN) });
    for (const onNonFinite of ['skip', 'pass'] as const) {
      const clipper = createClipper(1, { onNonFinite });
      expect(stagedStep(clipper, [bad], { W: [1] })).toBeUndefined();
      expect(stagesIn(clipper)).toBeUndefined();
    }
    const zero = createClipper(1, { onNonFinite: 'zero' });
    // An adapter sets them to 0 when it applies the decision.
    expect(stagedStep(zero, [bad], { W: [1] })).toEqual([[NaN]]);
    expect(stagesIn(zero)).toBeUndefined();
  });

  test('never shows a stage what is not finite', () => {
    const seen: number[] = [];
    const stage = counting({ transform: (_state, gradient) => void seen.push(...gradient) });
    for (const bad of [NaN, Infinity, -Infinity]) stagedStep(createClipper(1), [stage], { W: [1, 2], b: [bad] });
    stagedStep(createClipper(1), [stage], { W: [1e308, -1e308, 5e-324, -0] });
    expect(seen).toEqual([1e308, -1e308, 5e-324, -0]);
  });

  test('uses its copies again while the same list comes, also for stages that are made anew', () => {
    const clipper = createClipper(Infinity);
    const list = [{ name: 'W', buffer: Float64Array.of(1) }];
    const copies = new Set<GradientArray>();
    for (let step = 0; step < 5; step++) {
      const staged = counting().begin([counting()], clipper.stages, list)!;
      copies.add(staged.buffers['W']!);
    }
    expect(copies.size).toBe(1);
  });
});

describe('refuses, before anything changes', () => {
  const run = (stages: readonly unknown[]): unknown =>
    counting().begin(stages as GradientStage[], createClipper(1).stages, [{ name: 'W', buffer: Float64Array.of(1) }]);

  test('what is no stage, and two of one name', () => {
    expect(codeOf(() => run([counting(), null]))).toBe('INVALID_STAGE');
    expect(codeOf(() => run([counting(), { name: 'plain' }]))).toBe('INVALID_STAGE');
    expect(codeOf(() => run(counting() as never))).toBe('INVALID_STAGE');
    expect(errorOf(() => run([counting(), counting()])).message).toContain(
      'must have names of their own, got counting',
    );
  });

  test('a rule that is not whole', () => {
    const { name, init, transform, commit } = counting();
    for (const rule of [undefined, {}, { name, init, transform }, { name: '', init, transform, commit }])
      expect(codeOf(() => defineStage(rule as never))).toBe('INVALID_STAGE');
  });

  test('a loss scale', () => {
    const { message } = errorOf(() => counting().begin([counting()], createClipper(1).stages, [], 1024));
    expect(message).toContain(
      'stages({ lossScale }) must be 1 where there are stages: divide the gradients by it first',
    );
  });

  test('a tensor of another length, and other options under the same name', () => {
    const clipper = createClipper(Infinity);
    stagedStep(clipper, [counting()], { W: [1, 2] });
    const state = stagesIn(clipper);
    const longer = errorOf(() => stagedStep(clipper, [counting()], { W: [1, 2, 3] }));
    expect(longer).toMatchObject({
      code: 'STAGE_MISMATCH',
      where: { stage: 'counting', tensor: 'W', saved: 2, own: 3 },
    });
    expect(codeOf(() => stagedStep(clipper, [counting({ options: { a: 1 } })], { W: [1, 2] }))).toBe('STAGE_MISMATCH');
    expect(codeOf(() => stagedStep(clipper, [counting({ stateVersion: 2 })], { W: [1, 2] }))).toBe('STAGE_MISMATCH');
    expect(stagesIn(clipper)).toEqual(state);
    expect(stagedStep(clipper, [counting()], { W: [1, 2] })).toEqual([[2, 3]]);
  });

  test('a stage that throws, with what it threw', () => {
    const clipper = createClipper(1);
    const cause = new Error('no');
    const failing = counting({
      transform() {
        throw cause;
      },
    });
    const error = errorOf(() => stagedStep(clipper, [failing], { W: [1] }));
    expect(error).toMatchObject({ code: 'STAGE_FAILED', cause, where: { stage: 'counting', tensor: 'W', step: 0 } });
    expect(error.message).toBe(
      'transform of stage counting threw for tensor W at step 0. Nothing has changed. Mend the stage; the cause is what it threw.',
    );
    expect(clipper.stages.step).toBe(0);
  });
});

test('a stage may be an instance of a class', () => {
  class Twice {
    readonly name = 'twice';
    readonly #factor = 2;
    init(): null {
      return null;
    }
    transform(_state: null, gradient: GradientArray): void {
      gradient.forEach((x, i) => (gradient[i] = x * this.#factor));
    }
    commit(): void {}
  }
  expect(stagedStep(createClipper(Infinity), [defineStage(new Twice())], { W: [1] })).toEqual([[2]]);
});

function skipping(): { name: string; init(): null; decide(): [{ skip: string }, null] } {
  return { name: 'skip', init: () => null, decide: () => [{ skip: 'always' }, null] };
}
