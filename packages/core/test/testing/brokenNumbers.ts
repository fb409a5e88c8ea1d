import type { Clipper, StepDecision } from '@gradclip/core';
import { applyAs, applyWrong, pick } from './brokenParts.ts';
import type { BrokenAdapter } from './brokenParts.ts';
import { parts } from './referenceAdapter.ts';

const float32 = Math.fround;
const sumOfSquares = (row: readonly number[], round: (sum: number) => number, square: (square: number) => number) =>
  row.reduce((sum, value) => round(sum + square(value * value)), 0);
const same = (value: number) => value;

const firstSteps = new WeakMap<Clipper, StepDecision>();
const firstNames = new WeakMap<Clipper, readonly string[]>();

/** What they do to finite gradients, and how they measure. */
export const brokenNumbers: readonly BrokenAdapter[] = [
  {
    what: 'returns nothing',
    caughtBy: 'leaves gradients below the threshold alone',
    change: { clip: (gradients, clipper, own) => void parts.clip(gradients, clipper, own) as never },
  },
  {
    what: 'scales up to the threshold',
    caughtBy: 'leaves gradients below the threshold alone',
    change: applyWrong(
      ({ action, threshold = Infinity }) => action === 'pass' && threshold < Infinity,
      (value, { norm, threshold }) => float32((value * threshold!) / norm),
    ),
  },
  {
    what: 'adds an epsilon to the sum',
    caughtBy: 'leaves gradients at the threshold alone',
    change: { power: (row, order) => parts.power(row, order) + 1e-6 },
  },
  {
    what: 'leaves the last tensor out of the norm',
    caughtBy: 'leaves gradients at the threshold alone',
    change: {
      measure(gradients, plan, own) {
        const measurement = parts.measure(gradients, plan, own);
        measurement.power.fill(0, Math.max(1, measurement.power.length - 1));
        return measurement;
      },
    },
  },
  {
    what: 'rounds once more under an infinite threshold',
    caughtBy: 'leaves gradients alone under an infinite threshold',
    change: applyWrong(
      ({ threshold }) => threshold === Infinity,
      (value) => float32(value * (1 - 1e-7)),
    ),
  },
  {
    what: 'divides zeros by their norm',
    caughtBy: 'leaves zero gradients alone',
    change: applyWrong(
      ({ norm }) => norm === 0,
      (value) => value / 0,
    ),
  },
  {
    what: 'rounds its factors up',
    caughtBy: 'clips down to the threshold',
    change: applyAs((step) => ({
      factors: (name) => step.factors(name).map((factor) => (factor < 1 ? factor * 1.000001 : factor)),
    })),
  },
  {
    what: 'scales all tensors but the last',
    caughtBy: 'clips down to the threshold',
    change: {
      apply: (gradients, step, plan, own) =>
        parts.apply(pick(gradients, Object.keys(gradients).slice(0, -1)), step, plan, own),
    },
  },
  {
    what: 'turns the gradient round when it clips',
    caughtBy: 'keeps the direction of the gradient',
    change: {
      element: (value, factor, clamp, step) => (factor < 1 ? -1 : 1) * parts.element(value, factor, clamp, step),
    },
  },
  {
    what: 'takes a factor above 1 as 1',
    caughtBy: 'scales up when a policy answers a factor above 1',
    change: applyAs((step) => ({ factors: (name) => step.factors(name).map((factor) => Math.min(factor, 1)) })),
  },
  {
    what: 'knows no clamps',
    caughtBy: 'limits each element under a clamp',
    change: { element: (value, factor, _, step) => parts.element(value, factor, Infinity, step) },
  },
  {
    what: 'clips while it observes',
    caughtBy: 'changes nothing while it observes',
    change: applyAs(() => ({ applied: true })),
  },
  {
    what: 'measures the first thousand elements of a row',
    caughtBy: 'reports the norm',
    change: { power: (row, order) => parts.power(row.slice(0, 1_000), order) },
  },
  {
    what: 'takes the largest element for the largest magnitude',
    caughtBy: 'measures the largest element where a policy needs it',
    change: {
      measure(gradients, plan, own) {
        const measurement = parts.measure(gradients, plan, own);
        const largest = () => Float64Array.from(Object.values(gradients), ({ values }) => Math.max(0, ...values) / 2);
        return measurement.maxAbs ? { ...measurement, maxAbs: largest() } : measurement;
      },
    },
  },
  {
    what: 'squares and sums in float32',
    caughtBy: 'does not overflow with large elements',
    change: { power: (row, order) => (order === 2 ? sumOfSquares(row, float32, float32) : parts.power(row, order)) },
  },
  {
    what: 'squares small elements in float32',
    caughtBy: 'does not underflow with small elements',
    change: {
      power: (row, order) =>
        order === 2 && row.every((value) => Math.abs(value) < 1)
          ? sumOfSquares(row, same, float32)
          : parts.power(row, order),
    },
  },
  {
    what: 'sums the squares of ordinary elements in float32',
    caughtBy: 'is accurate on long tensors',
    change: {
      power: (row, order) =>
        order === 2 && row.length > 2_000 ? sumOfSquares(row, float32, same) : parts.power(row, order),
    },
  },
  {
    what: 'reduces a row without a first value',
    caughtBy: 'takes empty tensors',
    change: { power: (row, order) => parts.power([row.reduce((a, b) => Math.max(a, b)), ...row].slice(1), order) },
  },
  {
    what: 'wants at least one tensor',
    caughtBy: 'takes an empty set of gradients',
    change: {
      measure(gradients, plan, own) {
        if (!Object.keys(gradients).length) throw new Error('nothing to clip');
        return parts.measure(gradients, plan, own);
      },
    },
  },
  {
    what: 'asks twice a call',
    caughtBy: 'counts one step a call',
    change: {
      clip(gradients, clipper, own) {
        const step = parts.clip(gradients, clipper, own);
        clipper.decide(own.measure(gradients, clipper.plan, own));
        return step;
      },
    },
  },
  {
    what: 'applies the first factors for ever',
    caughtBy: 'decides each step anew',
    change: {
      clip(gradients, clipper, own) {
        const step = clipper.decide(own.measure(gradients, clipper.plan, own));
        const first = firstSteps.get(clipper) ?? step;
        firstSteps.set(clipper, first);
        own.apply(gradients, step.action === 'scale' ? first : step, clipper.plan, own);
        return step;
      },
    },
  },
  {
    what: 'knows the tensors of its first call only',
    caughtBy: 'takes another set of tensors at the next step',
    change: {
      clip(gradients, clipper, own) {
        const names = firstNames.get(clipper) ?? Object.keys(gradients);
        firstNames.set(clipper, names);
        const known = Object.fromEntries(names.map((name) => [name, gradients[name]!]));
        return parts.clip(known, clipper, own);
      },
    },
  },
];
