import { GradclipError } from '@gradclip/core';
import type { StepDecision } from '@gradclip/core';
import { applyAs, applyWrong, pick } from './brokenParts.ts';
import type { BrokenAdapter } from './brokenParts.ts';
import { parts } from './referenceAdapter.ts';

/** How they stop, and what they take norms of. */
export const brokenStops: readonly BrokenAdapter[] = [
  {
    what: 'sees finite elements only',
    caughtBy: 'leaves a gradient with NaN or Infinity alone',
    change: { measure: (gradients, plan, own) => ({ ...parts.measure(gradients, plan, own), nonFinite: 0 }) },
  },
  {
    what: 'replaces bad elements before it looks at the decision',
    caughtBy: 'leaves a gradient with NaN or Infinity alone',
    change: applyWrong(
      ({ proceed }) => !proceed,
      (value) => (Number.isFinite(value) ? value : 0),
    ),
  },
  {
    what: 'does not say where the bad element is',
    caughtBy: 'names the element that is not finite',
    change: {
      measure(gradients, plan, own) {
        const { firstBad: _, ...measurement } = parts.measure(gradients, plan, own);
        return measurement;
      },
    },
  },
  {
    what: 'makes a bad tensor all zeros',
    caughtBy: "sets bad elements to 0 with onNonFinite: 'zero'",
    change: {
      apply(gradients, step, plan, own) {
        const bad = Object.values(gradients).filter(({ values }) => !values.every(Number.isFinite));
        parts.apply(gradients, step, plan, own);
        if (step.action === 'zero' && step.applied) for (const tensor of bad) tensor.values.fill(0);
      },
    },
  },
  {
    what: 'makes bad elements zeros also when they may pass',
    caughtBy: "leaves bad elements alone with onNonFinite: 'pass'",
    change: applyWrong(
      ({ action, norm, applied }) => action === 'pass' && Number.isNaN(norm) && applied,
      (value) => (Number.isFinite(value) ? value : 0),
    ),
  },
  {
    what: 'swallows the error of the clipper',
    caughtBy: "throws before it changes anything with onNonFinite: 'throw'",
    change: {
      clip(gradients, clipper, own) {
        try {
          return parts.clip(gradients, clipper, own);
        } catch {
          return { action: 'skip', proceed: false } as StepDecision;
        }
      },
    },
  },
  {
    what: 'clears the gradients of a step that a policy skips',
    caughtBy: 'leaves gradients alone when a policy skips the step',
    change: applyWrong(
      ({ action, norm }) => action === 'skip' && norm < Infinity,
      () => 0,
    ),
  },
  {
    what: 'does not ask whether it may proceed',
    caughtBy: 'leaves all tensors alone when one of them stops the step',
    change: applyAs(() => ({ proceed: true })),
  },
  {
    what: 'clears the gradients when training has halted',
    caughtBy: 'leaves gradients alone when a policy fails and training halts',
    change: {
      clip(gradients, clipper, own) {
        try {
          return parts.clip(gradients, clipper, own);
        } catch (error) {
          if (error instanceof GradclipError && error.code === 'HALTED')
            for (const tensor of Object.values(gradients)) tensor.values.fill(0);
          throw error;
        }
      },
    },
  },
  {
    what: 'uses the factor of the first tensor for all',
    caughtBy: 'clips each group by the joint norm of its tensors',
    change: {
      apply(gradients, step, plan, own) {
        const [first] = Object.keys(gradients);
        const factors = () => step.factors(first!);
        const { action, proceed, applied } = step;
        const clamps = (name: string) => step.clamps(name);
        parts.apply(gradients, { ...step, action, proceed, applied, factors, clamps }, plan, own);
      },
    },
  },
  {
    what: 'leaves tensors of zeros out',
    caughtBy: 'clips each tensor by its own norm',
    change: {
      clip(gradients, clipper, own) {
        const names = Object.keys(gradients).filter((name) => gradients[name]!.values.some((value) => value !== 0));
        return parts.clip(pick(gradients, names), clipper, own);
      },
    },
  },
  {
    what: 'takes units along the first axis',
    caughtBy: 'clips each unit along the last axis by its own norm',
    change: {
      unitOf: (index, shape) => (shape.length < 2 ? 0 : Math.floor(index / shape.slice(1).reduce((a, b) => a * b, 1))),
      unitCount: (shape) => (shape.length < 2 ? 1 : shape[0]!),
    },
  },
  {
    what: 'takes each element of a vector as a unit',
    caughtBy: 'clips each unit along the last axis by its own norm',
    change: {
      unitOf: (index, shape) => (shape.length ? index % shape.at(-1)! : 0),
      unitCount: (shape) => shape.at(-1) ?? 1,
    },
  },
  {
    what: 'sums squares whatever the order',
    caughtBy: 'measures in the order of the clipper',
    change: { power: (row) => parts.power(row, 2) },
  },
  {
    what: 'sorts tensors by name',
    caughtBy: 'keeps the names and the order of the tensors',
    change: {
      clip: (gradients, clipper, own) => parts.clip(pick(gradients, Object.keys(gradients).sort()), clipper, own),
    },
  },
];
