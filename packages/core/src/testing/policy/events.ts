import { NEEDS } from '../../event.ts';
import type { GradientNormEvent, Need, Scope } from '../../event.ts';
import type { ClipPolicy } from '../../policy.ts';
import type { Corpus } from '../corpora.ts';

const KEYS: Readonly<Record<Scope, readonly [string, string]>> = {
  global: ['global', 'other'],
  group: ['encoder', 'decoder'],
  tensor: ['dense/kernel', 'dense/bias'],
  unit: ['dense/kernel#0', 'dense/kernel#1'],
};

/** The events of one key: what a clipper would give the policy for these norms. */
export interface Sequence {
  readonly name: string;
  readonly key: string;
  readonly events: readonly Mutable<GradientNormEvent>[];
}

export type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/** Two keys of the policy's scope. */
export function keysOf(policy: ClipPolicy): readonly [string, string] {
  return KEYS[policy.scope ?? 'global'] ?? KEYS.global;
}

/** New event objects, with a plausible value for each need. `stepOf` numbers them; default: 0, 1, 2, … */
export function sequenceOf(
  { name, norms }: Corpus,
  key: string,
  needs: readonly Need[] | undefined,
  stepOf: (i: number) => number = (i) => i,
): Sequence {
  return { name, key, events: norms.map((norm, i) => eventOf(stepOf(i), key, norm, needs ?? [])) };
}

/** One event. */
export function eventOf(step: number, key: string, norm: number, needs: readonly Need[]): Mutable<GradientNormEvent> {
  const event: Mutable<GradientNormEvent> = { step, key, norm, size: 1_000 };
  for (const need of needs) if (NEEDS.includes(need)) event[need] = fieldOf(need, step, norm);
  return event;
}

function fieldOf(need: Need, step: number, norm: number): number {
  switch (need) {
    case 'globalNorm':
      return Math.min(norm * 1.25, Number.MAX_VALUE);
    case 'maxAbs':
      return norm * 0.5 || norm; // half of the smallest number is 0
    case 'weightNorm':
      return step % 23 === 7 ? 0 : 10 + (step % 11); // 0: weights that begin as zeros, as biases do
    case 'loss':
      return 3 / (1 + step / 10) + 0.01 * (step % 5);
    case 'learningRate':
      return 1e-3 / (1 + step / 100);
  }
}
