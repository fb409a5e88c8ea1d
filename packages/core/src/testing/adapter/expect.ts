import type { StepDecision } from '../../decision.ts';
import { describe } from '../../errors.ts';
import { Finding } from '../check.ts';
import { exactNorm } from '../oracle.ts';
import type { Tensors, Values } from './trial.ts';

/** Every element as it was, bit for bit; `why` says in which case. */
export function expectUntouched(tensors: Tensors, after: Values, why: string): void {
  for (const [tensor, { values }] of Object.entries(tensors)) expectValues(tensor, after, values, why);
}

/** Exactly these values in a tensor. */
export function expectValues(tensor: string, after: Values, wanted: readonly number[], why: string): void {
  const got = after[tensor];
  if (got?.length !== wanted.length)
    throw new Finding(`expected ${wanted.length} elements ${why}, got ${got?.length ?? 'no tensor'}`, { tensor });
  const index = wanted.findIndex((value, i) => !Object.is(value, got[i]));
  if (index < 0) return;
  throw new Finding(`expected ${describe(wanted[index])} ${why}, got ${describe(got[index])}`, { tensor, index });
}

/** What a decision says, field by field. */
export function expectStep(step: StepDecision, wanted: Partial<StepDecision>, why: string): void {
  for (const field of Object.keys(wanted) as (keyof StepDecision)[]) {
    if (Object.is(step[field], wanted[field])) continue;
    throw new Finding(`expected ${field} ${describe(wanted[field])} ${why}, got ${describe(step[field])}`, {
      step: step.step,
    });
  }
}

/** A number within a relative distance. */
export function expectNear(got: number | undefined, wanted: number, what: string, distance: number = 1e-6): void {
  if (got !== undefined && Math.abs(got - wanted) <= distance * wanted) return;
  throw new Finding(`expected ${what} ${wanted}, within ${distance} of it, got ${describe(got)}`);
}

/** A norm that has been brought down to a threshold, as float32 can. */
export function expectClipped(values: readonly number[], threshold: number, order: number, why: string): void {
  const norm = exactNorm(values, order);
  if (norm <= threshold * (1 + 2 ** -22) && norm >= threshold * (1 - 1e-6)) return;
  throw new Finding(`expected a norm of ${threshold} ${why}, got ${norm}`);
}

/** All values in the order of the tensors. */
export function joint(tensors: Tensors): number[] {
  return Object.values(tensors).flatMap(({ values }) => values);
}

export function jointAfter(tensors: Tensors, after: Values): number[] {
  return Object.keys(tensors).flatMap((tensor) => after[tensor] ?? []);
}
