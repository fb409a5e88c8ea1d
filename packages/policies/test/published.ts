import { decode, encode } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent, Json } from '@gradclip/core';
import { expect } from 'vitest';
import { noise } from './support.ts';

/** What an event has beside a norm, for policies that need it. */
export type Fields = (norm: number, step: number) => Partial<GradientNormEvent>;
const NONE: Fields = () => ({});

/** One answer: the norm it leaves, and where it begins to act; NaN where the bound has no threshold. */
export interface Outcome {
  readonly after: number;
  readonly threshold: number;
  readonly bound: ClipBound;
}

/**
 * Runs every branch of a rule: a warm-up that is noisy, spikes of 10 and 100 times, zeros, a lasting rise of 100 times, a
 * lasting fall of 1,000 times, and the first level again.
 */
export const scene: readonly number[] = (() => {
  const random = noise(11);
  return Array.from({ length: 620 }, (_, step) => {
    const level = step < 260 ? 1 : step < 380 ? 100 : step < 500 ? 0.1 : 1;
    if (step === 150) return 10 * level;
    if (step % 97 === 60) return 100 * level;
    return step === 222 || step === 223 ? 0 : level * (0.5 + random.next().value);
  });
})();

/** The same policy, whose state is written out as text and read again after every step. */
export function restoring(policy: ClipPolicy): ClipPolicy {
  return {
    ...policy,
    decide(state, event) {
      const [bound, next] = policy.decide(state, event);
      const saved = decode(encode(policy.save ? policy.save(next) : (next as Json)));
      return [bound, policy.load ? policy.load(saved, policy.stateVersion ?? 1) : saved];
    },
  };
}

/** The answers of a policy, which are the same when it is saved and restored after every step. */
export function outcomes(policy: ClipPolicy, norms: readonly number[], fields: Fields = NONE): Outcome[] {
  const answers = replay(policy, norms, fields);
  expect(replay(restoring(policy), norms, fields)).toEqual(answers);
  return answers;
}

export function afters(policy: ClipPolicy, norms: readonly number[], fields: Fields = NONE): number[] {
  return outcomes(policy, norms, fields).map(({ after }) => after);
}

/** Equal to 1e-10 of each expected number. */
export function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const worst = actual.findIndex((value, i) => {
    const wanted = expected[i]!;
    return value !== wanted && !(Math.abs(value - wanted) <= 1e-10 * Math.abs(wanted));
  });
  if (worst >= 0) expect([worst, actual[worst]]).toEqual([worst, expected[worst]]);
}

function replay(policy: ClipPolicy, norms: readonly number[], fields: Fields): Outcome[] {
  let state = policy.init('global');
  return norms.map((norm, step) => {
    const event = { step, key: 'global', norm, size: 1, ...fields(norm, step) };
    const coming = policy.forecast?.(state, { step, key: 'global' });
    const [bound, next] = policy.decide(state, event);
    if (coming !== undefined) expect(bound).toEqual(coming);
    state = next;
    return { bound: typeof bound === 'object' ? { ...bound } : bound, ...meaning(bound, norm) };
  });
}

function meaning(bound: ClipBound, norm: number): { after: number; threshold: number } {
  if (typeof bound === 'number') return { after: Math.min(norm, bound), threshold: bound };
  if ('threshold' in bound) {
    const { threshold, target } = bound;
    return { after: norm > threshold ? Math.min(norm, target) : norm, threshold };
  }
  if ('factor' in bound) return { after: norm * bound.factor, threshold: NaN };
  return { after: 'skip' in bound ? 0 : NaN, threshold: NaN };
}
