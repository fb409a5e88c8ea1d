import type { StepDecision } from '@gradclip/core';
import type { Gradients, Parts } from './referenceAdapter.ts';
import { parts } from './referenceAdapter.ts';

/** An adapter with one part replaced by a wrong one. */
export interface BrokenAdapter {
  readonly what: string;
  /** The check meant for it; no check before it in the list fails. */
  readonly caughtBy: string;
  readonly change: Partial<Parts>;
}

/** Applies as it should, except to some steps: there each element becomes something else. */
export function applyWrong(
  when: (step: StepDecision) => boolean,
  wrong: (value: number, step: StepDecision) => number,
): Partial<Parts> {
  return {
    apply(gradients, step, plan, own) {
      if (!when(step)) return parts.apply(gradients, step, plan, own);
      for (const tensor of Object.values(gradients)) tensor.values = tensor.values.map((value) => wrong(value, step));
    },
  };
}

/** Applies a decision of which some fields have been changed. */
export function applyAs(change: (step: StepDecision) => Partial<StepDecision>): Partial<Parts> {
  return {
    apply(gradients, step, plan, own) {
      const { proceed, applied, action } = step;
      const factors = (name: string) => step.factors(name);
      const clamps = (name: string) => step.clamps(name);
      parts.apply(gradients, { ...step, proceed, applied, action, factors, clamps, ...change(step) }, plan, own);
    },
  };
}

/** The gradients of these names, in their order. */
export function pick(gradients: Gradients, names: readonly string[]): Gradients {
  return Object.fromEntries(names.flatMap((name) => (gradients[name] ? [[name, gradients[name]]] : [])));
}
