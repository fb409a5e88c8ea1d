import { decode, encode } from '@gradclip/core';
import type { ClipBound, ClipPolicy, GradientNormEvent, Json } from '@gradclip/core';
import { expect } from 'vitest';
import { noise } from './support.ts';

/** Events of one key for these norms, with what else a policy may ask for. */
export function eventsOf(norms: readonly number[], more: Partial<GradientNormEvent> = {}): GradientNormEvent[] {
  return norms.map((norm, step) => ({ step, key: 'global', norm, size: 1, ...more }));
}

/** What a policy answers, which must be the same when it is saved as text and loaded before every step. */
export function answers(policy: ClipPolicy, events: readonly GradientNormEvent[]): ClipBound[] {
  const straight = run(policy, events, (state) => state);
  const restored = run(policy, events, (state) => {
    const text = encode(policy.save ? policy.save(state) : (state as Json));
    const saved = decode(text);
    return policy.load ? policy.load(saved, policy.stateVersion ?? 1) : saved;
  });
  expect(restored).toEqual(straight);
  return straight;
}

function run(
  policy: ClipPolicy,
  events: readonly GradientNormEvent[],
  before: (state: unknown) => unknown,
): ClipBound[] {
  let state: unknown = policy.init('global');
  return events.map((event) => {
    const [bound, next] = policy.decide(before(state), { ...event });
    state = next;
    return bound;
  });
}

/** The same numbers up to 1e-10 of each; other values must be equal. */
export function expectClose(got: readonly unknown[], wanted: readonly unknown[]): void {
  expect(got).toHaveLength(wanted.length);
  got.forEach((value, i) => {
    const other = wanted[i];
    if (isOrdinary(value) && isOrdinary(other))
      expect(Math.abs(value - other), `at ${i}: ${value}, ${other}`).toBeLessThanOrEqual(1e-10 * Math.abs(other));
    else if (isObject(value) && isObject(other)) {
      expect(Object.keys(value)).toEqual(Object.keys(other));
      expectClose(Object.values(value), Object.values(other));
    } else expect(value, `at ${i}`).toEqual(other);
  });
}

function isOrdinary(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The norm after each bound; a skip leaves 0. */
export function normsAfter(bounds: readonly ClipBound[], norms: readonly number[]): number[] {
  return bounds.map((bound, i) => {
    const norm = norms[i]!;
    if (typeof bound === 'number') return Math.min(norm, bound);
    if ('threshold' in bound) return norm > bound.threshold ? Math.min(norm, bound.target) : norm;
    return 'factor' in bound ? norm * bound.factor : 0;
  });
}

/**
 * Every branch of a rule that follows norms: 150 ordinary ones, single spikes of 10 and 100 times, zeros, a lasting rise of 30
 * times, a lasting fall to a hundredth of that.
 */
export const COURSE: readonly number[] = (() => {
  const random = noise(11);
  return Array.from({ length: 600 }, (_, i) => {
    const level = i < 250 ? 1 : i < 420 ? 30 : 0.3;
    const size = i === 170 ? 10 : i === 190 ? 100 : i === 210 || i === 211 ? 0 : 1;
    return level * size * (0.5 + random.next().value);
  });
})();

/** Ordinary norms of a level. */
export function ordinary(count: number, level: number = 1, seed: number = 5): number[] {
  const random = noise(seed);
  return Array.from({ length: count }, () => level * (0.5 + random.next().value));
}

/** Norms that no network has, for `count` steps from the start, and after 150 ordinary ones; then 400 ordinary ones. */
export function poisoned(poison: number, count: number = 5): { readonly early: number[]; readonly late: number[] } {
  const bad = Array<number>(count).fill(poison);
  return {
    early: [...bad, ...ordinary(400)],
    late: [...ordinary(150, 1, 9), ...bad, ...ordinary(400)],
  };
}

export const POISONS = [0, 1e-300, 1e300] as const;
