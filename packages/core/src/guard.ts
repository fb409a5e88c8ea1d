import { isPositive } from './bound.ts';
import type { BoundLimits } from './bound.ts';
import { assertOption, assertOptions } from './errors.ts';

/** What the guard around a policy does when something goes wrong. */
export interface GuardOptions {
  /** Added to the norm in the factor of a hit, in the unit of the norm, >= 0. Default 0. */
  epsilon?: number;
  /** A gradient that is not finite: drop the step, set the bad elements to 0, throw, or leave it alone. Default 'skip'. */
  onNonFinite?: 'skip' | 'zero' | 'throw' | 'pass';
  /** That bad step in a row halts ('skip' and 'zero' count), an integer >= 1 or Infinity. Default 10. */
  nonFiniteBudget?: number;
  /** No threshold, target or norm after a factor leaves it. Default { min: 0, max: Infinity }. */
  envelope?: { min?: number; max?: number };
  /** A policy that throws or answers nonsense: use its last good threshold, or stop. Default 'fallback'. */
  onPolicyFault?: 'fallback' | 'halt';
  /** Faulty steps of a group, then it is quarantined; an integer >= 1 or Infinity. Default 3. */
  policyFaultBudget?: number;
}

/** The names of them. */
export const GUARD_OPTIONS: readonly string[] = [
  'epsilon',
  'onNonFinite',
  'nonFiniteBudget',
  'envelope',
  'onPolicyFault',
  'policyFaultBudget',
];

/** The same, complete and checked. */
export interface GuardSettings {
  readonly limits: BoundLimits;
  readonly onNonFinite: 'skip' | 'zero' | 'throw' | 'pass';
  readonly nonFiniteBudget: number;
  readonly onPolicyFault: 'fallback' | 'halt';
  readonly policyFaultBudget: number;
}

/**
 * Fills in the defaults.
 * @throws GradclipError INVALID_OPTION, naming `caller`.
 */
export function guardSettings(options: GuardOptions, caller: string): GuardSettings {
  const { epsilon = 0, onNonFinite = 'skip', nonFiniteBudget = 10, envelope = {} } = options;
  const { onPolicyFault = 'fallback', policyFaultBudget = 3 } = options;
  assertOptions(`${caller}: envelope`, envelope, ['min', 'max']);
  const { min = 0, max = Infinity } = envelope;
  const modes = ['skip', 'zero', 'throw', 'pass'];
  assertOption(caller, 'epsilon', epsilon, epsilon === 0 || isPositive(epsilon), 'a finite number >= 0');
  assertOption(caller, 'onNonFinite', onNonFinite, modes.includes(onNonFinite), `one of ${modes.join(', ')}`);
  assertBudget(caller, 'nonFiniteBudget', nonFiniteBudget);
  assertOption(caller, 'envelope.min', min, min === 0 || isPositive(min), 'a finite number >= 0');
  assertOption(
    caller,
    'envelope.max',
    max,
    typeof max === 'number' && max > 0 && max >= min,
    'a number > 0 and >= envelope.min',
  );
  const faults = ['fallback', 'halt'];
  assertOption(caller, 'onPolicyFault', onPolicyFault, faults.includes(onPolicyFault), `one of ${faults.join(', ')}`);
  assertBudget(caller, 'policyFaultBudget', policyFaultBudget);
  return { limits: { epsilon, min, max }, onNonFinite, nonFiniteBudget, onPolicyFault, policyFaultBudget };
}

function assertBudget(caller: string, name: string, value: number): void {
  const holds = value === Infinity || (Number.isInteger(value) && value >= 1);
  assertOption(caller, name, value, holds, 'an integer >= 1, or Infinity');
}

/** Counts bad steps in a row; a step of many keys is bad when one of them is, and counts once. */
export class NonFiniteWatch {
  #streak = 0;
  #badStep = -1;
  #step = -1;
  readonly #budget: number;

  constructor(budget: number) {
    this.#budget = budget;
  }

  get streak(): number {
    return this.#step === this.#badStep ? this.#streak : 0;
  }

  /** Steps may come again after a restore. */
  restore(streak: number): void {
    this.#streak = streak;
    this.#badStep = -1;
    this.#step = -1;
  }

  good(step: number): void {
    if (step === this.#step) return;
    this.#streak = this.streak;
    this.#step = step;
  }

  /** Whether the budget is used up. */
  bad(step: number): boolean {
    this.good(step);
    if (step !== this.#badStep) this.#streak++;
    this.#badStep = step;
    return this.#streak >= this.#budget;
  }
}
