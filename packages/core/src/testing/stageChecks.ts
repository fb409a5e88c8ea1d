import { assertOption, assertOptions } from '../errors.ts';
import type { Registry } from '../plugin/plugin.ts';
import type { GradientStage } from '../stage.ts';
import type { Check } from './check.ts';
import { extremeGradients, ordinaryGradients, shortGradients } from './stage/gradients.ts';
import { independenceChecks } from './stage/independence.ts';
import { shapeChecks } from './stage/shape.ts';
import { stateChecks, stateSizeChecks } from './stage/state.ts';
import { numberChecks, stepChecks } from './stage/steps.ts';
import type { StageSubject } from './stage/subject.ts';

/** What to try a gradient stage on, beside the gradients that come with the checks. */
export interface StageCheckOptions {
  /** Makes the stage again from its name and options; absent: that it does is not checked. */
  readonly registry?: Registry;
  /** Seed of the gradients that come with the checks, an integer. Default 1. */
  readonly seed?: number;
  /**
   * A promise: at most so many values are saved of a tensor of `length` elements, after any number of steps. Numbers,
   * booleans and null count one each, texts one for every 8 characters, as does what the key of a field has beyond 32.
   * Empty texts, lists and objects inside others count one: tensors of no elements are tried, too. Default: not checked.
   */
  readonly stateSize?: (length: number) => number;
}

/**
 * All that a clipper and an adapter rely on in a gradient stage, as a list of checks without a test runner. `make` returns a
 * new stage each time; it is called when a check runs, not before. Gradients are of float32 and of float64, with up to 1e37
 * and 1e150 in an element, of 6 elements, of one and of none; a third of the steps is halved by a clipper between
 * transform and commit.
 *
 * @throws GradclipError INVALID_OPTION. A check that fails throws CHECK_FAILED.
 * @example
 * import { test } from 'node:test';
 * import { stageChecks } from '@gradclip/core/testing';
 * import { uClip } from '@gradclip/policies';
 *
 * for (const { name, run } of stageChecks(() => uClip())) test(name, () => run());
 */
export function stageChecks(
  // oxlint-disable-next-line typescript/no-explicit-any -- the state of a stage is its own affair
  make: () => GradientStage<any>,
  options: StageCheckOptions = {},
): readonly Check[] {
  assertOptions('stageChecks', options, ['registry', 'seed', 'stateSize']);
  const { registry, seed = 1, stateSize } = options;
  assertOption('stageChecks', 'seed', seed, Number.isInteger(seed), 'an integer');
  const isRule = stateSize === undefined || typeof stateSize === 'function';
  assertOption('stageChecks', 'stateSize', stateSize, isRule, 'a function of the number of elements');
  const most = [0, 1, 6].map((length) => stateSize?.(length) ?? 1);
  assertOption(
    'stageChecks',
    'stateSize',
    most.join(', '),
    most.every(isCount),
    'a function that answers integers >= 0',
  );
  const subject: StageSubject = {
    make,
    ordinary: ordinaryGradients(seed),
    short: shortGradients(seed),
    extreme: extremeGradients(seed),
    registry,
  };
  return [
    ...shapeChecks(subject),
    ...numberChecks(subject),
    ...independenceChecks(subject),
    ...stepChecks(subject),
    ...stateChecks(subject),
    ...(stateSize ? stateSizeChecks(subject, stateSize) : []),
  ];
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}
