import { decode, encode } from '@gradclip/core';
import type { ClipPolicy, Json } from '@gradclip/core';
import * as fc from 'fast-check';

/** One seed for all properties; fast-check prints it, with the counterexample, when one fails. */
export const SEED = { seed: 20_130_716 };

/** Ordinary norms, many equal ones, zeros, and the far ends of the doubles. */
export const someNorm: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 10, noNaN: true }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1e-300, 1e300) },
);
export const someNorms: fc.Arbitrary<number[]> = fc.array(someNorm, { minLength: 1, maxLength: 80, size: 'max' });

/** What a policy answers to each norm, with the event reused as the clipper does. */
export function thresholds<S>(
  policy: ClipPolicy<S>,
  norms: Iterable<number>,
  state: S = policy.init('global'),
  step = 0,
): number[] {
  const event = { step, key: 'global', norm: 0, size: 1 };
  const answers: number[] = [];
  for (const norm of norms) {
    event.norm = norm;
    const [bound, next] = policy.decide(state, event);
    answers.push(bound as number);
    state = next;
    event.step++;
  }
  return answers;
}

/** The state after some norms, written out as text. */
export function savedAfter<S>(policy: ClipPolicy<S>, norms: readonly number[]): string {
  let state = policy.init('global');
  for (const [step, norm] of norms.entries()) state = policy.decide(state, { step, key: 'global', norm, size: 1 })[1];
  return encode(policy.save ? policy.save(state) : (state as Json));
}

/** The state again, from the text. */
export function loaded<S>(policy: ClipPolicy<S>, text: string): S {
  const saved = decode(text);
  return policy.load ? policy.load(saved, 1) : (saved as S);
}

/** Small numbers that look random, the same ones each time. */
export function* noise(seed: number): Generator<number, never> {
  for (;;) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    yield (seed + 0.5) / 2 ** 32;
  }
}
