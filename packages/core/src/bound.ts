import { describe, GradclipError, isRecord } from './errors.ts';
import type { Need } from './event.ts';

/** What a policy answers: how large the gradient of this key may be. */
export type ClipBound =
  | number // a threshold: the largest norm that passes unchanged; Infinity does not clip
  | { readonly threshold: number; readonly target: number } // trigger and landing point differ
  | { readonly factor: number } // normalising and soft rules; may exceed 1
  | { readonly clamp: number } // element-wise limit; such a policy needs maxAbs
  | { readonly skip: string }; // drop this optimizer step; the reason

/** The envelope no policy leaves, and the epsilon in the factor of a hit. */
export interface BoundLimits {
  readonly epsilon: number;
  readonly min: number;
  readonly max: number;
}

export type BoundAction = 'pass' | 'scale' | 'clamp' | 'skip';

/** What a bound does to one norm. Reused by the caller: see {@link resolveBound}. */
export interface Resolution {
  action: BoundAction;
  threshold: number;
  factor: number;
  clamp: number;
  normAfter: number;
  reason: string | undefined;
}

/** Not `{}`: one shape for every resolution keeps the hot path monomorphic. */
export function createResolution(): Resolution {
  return { action: 'pass', threshold: Infinity, factor: 1, clamp: Infinity, normAfter: 0, reason: undefined };
}

const KINDS = ['threshold', 'factor', 'clamp', 'skip'] as const;
const RULE =
  'a threshold > 0, { threshold, target }, { factor }, { clamp } (each finite and > 0; a threshold may be Infinity) or { skip: reason }';

/**
 * Returns the bound when it is one; never coerces.
 * @throws GradclipError INVALID_BOUND for NaN, 0, negative numbers, strings, promises, or an object of no or of several kinds.
 */
export function checkBound(bound: unknown): ClipBound {
  if (typeof bound === 'number' ? bound > 0 : typeof bound === 'object' && bound !== null && isBoundObject(bound))
    return bound as ClipBound;
  abandon(bound);
  throw new GradclipError('INVALID_BOUND', `A policy must answer ${RULE}, got ${describeBound(bound)}.`, {
    where: { bound: describeBound(bound) },
    advice: 'Answer Infinity where the policy does not want to clip.',
  });
}

/**
 * What `decide` of a policy returned, when it is a pair of a bound and a state.
 * @throws GradclipError INVALID_BOUND
 */
export function checkAnswer(answer: unknown): readonly [ClipBound, unknown] {
  if (!Array.isArray(answer) || answer.length !== 2) {
    abandon(answer);
    throw new GradclipError('INVALID_BOUND', `decide must return [bound, state] at once, got ${describe(answer)}.`, {
      advice: 'Return a pair from a synchronous function.',
    });
  }
  checkBound(answer[0]);
  return answer as unknown as readonly [ClipBound, unknown];
}

/** A promise that is refused may reject later, and nobody waits for it: that would end the process. */
function abandon(answer: unknown): void {
  if (answer instanceof Promise) answer.catch(() => {});
}

/** @throws GradclipError INVALID_BOUND for a clamp of a policy that did not ask for the largest element. */
export function checkClamp(bound: ClipBound, needs: readonly Need[] = []): void {
  if (typeof bound !== 'object' || !('clamp' in bound) || needs.includes('maxAbs')) return;
  throw new GradclipError('INVALID_BOUND', 'The policy answered a clamp without asking for maxAbs.', {
    advice: "Add needs: ['maxAbs'] to the policy.",
  });
}

function isBoundObject(bound: object): boolean {
  let kind: (typeof KINDS)[number] | undefined;
  for (const candidate of KINDS) {
    if (!(candidate in bound)) continue;
    if (kind) return false;
    kind = candidate;
  }
  const { threshold, target, factor, clamp, skip } = bound as Record<string, unknown>;
  switch (kind) {
    case 'threshold':
      return typeof threshold === 'number' && threshold > 0 && isPositive(target);
    case 'factor':
      return isPositive(factor) && target === undefined;
    case 'clamp':
      return isPositive(clamp) && target === undefined;
    case 'skip':
      return typeof skip === 'string' && skip !== '' && target === undefined;
    default:
      return false;
  }
}

export function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < Infinity;
}

function describeBound(bound: unknown): string {
  if (!isRecord(bound)) return describe(bound);
  const known = [...KINDS, 'target'].filter((kind) => kind in bound);
  const fields = known.map((kind) => `${kind}: ${describe((bound as Record<string, unknown>)[kind])}`);
  return known.length ? `{ ${fields.join(', ')} }` : describe(bound);
}

/**
 * The norm a bound leaves, without envelope and epsilon. `skip` leaves 0, `clamp` NaN: it is not known.
 * A zero norm stays 0.
 */
export function normAfter(bound: ClipBound, norm: number): number {
  if (typeof bound === 'number') return Math.min(norm, bound);
  if ('threshold' in bound) return norm > bound.threshold ? Math.min(norm, bound.target) : norm;
  if ('factor' in bound) return norm * bound.factor;
  return 'clamp' in bound ? NaN : 0;
}

/** Whether a bound acts on this norm: `n > threshold`, `factor ≠ 1`, `maxAbs > clamp`, always for skip. */
export function isHit(bound: ClipBound, norm: number, maxAbs: number | undefined): boolean {
  if (typeof bound === 'object' && 'skip' in bound) return true;
  if (norm === 0) return false;
  if (typeof bound === 'number') return norm > bound;
  if ('threshold' in bound) return norm > bound.threshold;
  return 'factor' in bound ? bound.factor !== 1 : maxAbs! > bound.clamp;
}

/**
 * The threshold arithmetic, in one place: writes into `out` what `bound` does to a finite `norm` under `limits`.
 * `norm <= threshold`, a zero norm and an infinite threshold are the identity. The envelope bounds thresholds, targets
 * and the norm after a factor; skip and clamp pass it.
 */
export function resolveBound(
  bound: ClipBound,
  norm: number,
  maxAbs: number | undefined,
  limits: BoundLimits,
  out: Resolution,
): void {
  out.action = 'pass';
  out.threshold = Infinity;
  out.factor = 1;
  out.clamp = Infinity;
  out.normAfter = norm;
  out.reason = undefined;
  if (typeof bound === 'number') {
    const threshold = within(bound, limits);
    resolveThreshold(threshold, threshold, norm, limits.epsilon, out);
  } else if ('threshold' in bound) {
    resolveThreshold(within(bound.threshold, limits), within(bound.target, limits), norm, limits.epsilon, out);
  } else if ('factor' in bound) {
    if (norm > 0) rescale(norm, bound.factor, limits, out);
  } else if ('clamp' in bound) {
    if (norm === 0 || !(maxAbs! > bound.clamp)) return;
    out.action = 'clamp';
    out.clamp = bound.clamp;
    out.normAfter = NaN;
  } else {
    out.action = 'skip';
    out.normAfter = 0;
    out.reason = bound.skip;
  }
}

/** The same for a threshold and a target that are inside the envelope; `out` is fresh. */
export function resolveThreshold(
  threshold: number,
  target: number,
  norm: number,
  epsilon: number,
  out: Resolution,
): void {
  out.threshold = threshold;
  if (!(norm > threshold)) return;
  const quotient = target / (norm + epsilon);
  if (quotient >= 1) return;
  // Towards zero where the quotient is too small to be exact; never 0, which would make zeros of a gradient.
  const factor =
    norm * quotient > target ? quotient - Number.MIN_VALUE || Number.MIN_VALUE : quotient || Number.MIN_VALUE;
  out.action = 'scale';
  out.factor = factor;
  out.normAfter = epsilon === 0 && factor > 1e-290 ? target : norm * factor;
}

function rescale(norm: number, wanted: number, { min, max }: BoundLimits, out: Resolution): void {
  const most = Math.min(max, Number.MAX_VALUE);
  let factor = wanted;
  if (norm * factor > most) {
    factor = most / norm;
    if (norm * factor > most) factor *= 1 - Number.EPSILON;
  }
  if (norm * factor < min) factor = Math.max(factor, Math.min(1, min / norm));
  if (factor === 1) return;
  out.action = 'scale';
  out.factor = factor || Number.MIN_VALUE;
  out.normAfter = norm * out.factor;
}

/** A threshold or target inside the envelope. */
export function within(value: number, { min, max }: BoundLimits): number {
  return Math.min(Math.max(value, min), max);
}
