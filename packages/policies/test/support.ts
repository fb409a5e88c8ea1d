import { decode, encode } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent, Json } from '@gradclip/core';
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

/** An event with all that a policy may ask for: a loss that falls with a jump now and then, weights that grow. */
export function eventOf(step: number, norm: number): GradientNormEvent {
  return {
    step,
    key: 'global',
    norm,
    size: 1,
    globalNorm: Math.min(1.25 * norm, Number.MAX_VALUE),
    maxAbs: norm / 2 || norm,
    weightNorm: 2 + step / 50,
    loss: step % 37 === 29 ? 30 : 3 / (1 + step / 40) + 0.01 * (step % 5),
    learningRate: 1e-3,
  };
}

/** What a policy answers to each norm, with the event reused as the clipper does. Answers are copies: a policy may reuse them. */
export function bounds<S>(
  policy: ClipPolicy<S>,
  norms: Iterable<number>,
  state: S = policy.init('global'),
  step = 0,
): ClipBound[] {
  const event = { ...eventOf(step, 0) };
  const answers: ClipBound[] = [];
  for (const norm of norms) {
    Object.assign(event, eventOf(step++, norm));
    const [bound, next] = policy.decide(state, event);
    answers.push(typeof bound === 'object' ? { ...bound } : bound);
    state = next;
  }
  return answers;
}

/** The same of a policy that answers numbers. */
export function thresholds<S>(policy: ClipPolicy<S>, norms: Iterable<number>, state?: S, step?: number): number[] {
  return bounds(policy, norms, state, step) as number[];
}

/** The state after some norms, written out as text. */
export function savedAfter<S>(policy: ClipPolicy<S>, norms: readonly number[]): string {
  let state = policy.init('global');
  for (const [step, norm] of norms.entries()) state = policy.decide(state, eventOf(step, norm))[1];
  return encode(policy.save ? policy.save(state) : (state as Json));
}

/** The state again, from the text. */
export function loaded<S>(policy: ClipPolicy<S>, text: string): S {
  const saved = decode(text);
  return policy.load ? policy.load(saved, policy.stateVersion ?? 1) : (saved as S);
}

/** Small numbers that look random, the same ones each time. */
export function* noise(seed: number): Generator<number, never> {
  for (;;) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    yield (seed + 0.5) / 2 ** 32;
  }
}
