import type { ClipBound } from '@gradclip/core';

// What bounds and their combinators mean, written once more from the text of the documentation and in its order,
// without an eye on speed. Nothing here is shared with the sources.

export interface Limits {
  readonly epsilon: number;
  readonly min: number;
  readonly max: number;
}

export type Kind = 'threshold' | 'target' | 'factor' | 'clamp' | 'skip';

export function kindOf(bound: ClipBound): Kind {
  if (typeof bound === 'number') return 'threshold';
  if ('skip' in bound) return 'skip';
  if ('clamp' in bound) return 'clamp';
  return 'factor' in bound ? 'factor' : 'target';
}

const landing = (bound: ClipBound): { threshold: number; target: number } =>
  typeof bound === 'number' ? { threshold: bound, target: bound } : (bound as { threshold: number; target: number });

export function isHit(bound: ClipBound, norm: number, maxAbs = NaN): boolean {
  switch (kindOf(bound)) {
    case 'skip':
      return true;
    case 'threshold':
    case 'target':
      return norm > landing(bound).threshold;
    case 'factor':
      return norm !== 0 && (bound as { factor: number }).factor !== 1;
    case 'clamp':
      return norm !== 0 && maxAbs > (bound as { clamp: number }).clamp;
  }
}

/** The column "norm after": NaN where it is not known. */
export function normAfter(bound: ClipBound, norm: number): number {
  switch (kindOf(bound)) {
    case 'skip':
      return 0;
    case 'clamp':
      return NaN;
    case 'factor':
      return norm * (bound as { factor: number }).factor;
    default:
      return isHit(bound, norm) ? Math.min(norm, landing(bound).target) : norm;
  }
}

/** The same inside an envelope. With an epsilon a hit lands a little lower. */
export function normAfterWithin(bound: ClipBound, norm: number, { epsilon, min, max }: Limits): number {
  const inside = (value: number): number => (value < min ? min : value > max ? max : value);
  switch (kindOf(bound)) {
    case 'factor': {
      const after = normAfter(bound, norm);
      if (after > max) return max;
      return after < Math.min(norm, min) ? Math.min(norm, min) : after;
    }
    case 'threshold':
    case 'target': {
      const [threshold, target] = [inside(landing(bound).threshold), inside(landing(bound).target)];
      if (norm <= threshold) return norm;
      return Math.min(norm, (target * norm) / (norm + epsilon));
    }
    default:
      return normAfter(bound, norm);
  }
}

/** Of several bounds the one with the smallest (`sign` 1) or largest (-1) norm after, with the three rules for ties. */
export function naiveExtreme(bounds: readonly ClipBound[], norm: number, sign: 1 | -1): ClipBound {
  const ranked = bounds.map((bound, order) => {
    const kind = kindOf(bound);
    return {
      bound,
      after: sign * normAfter(bound, norm),
      other: kind === 'threshold' ? 0 : 1,
      // What has no threshold comes after what has one.
      threshold: kind === 'threshold' || kind === 'target' ? sign * landing(bound).threshold : Infinity,
      order,
    };
  });
  const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
  ranked.sort(
    (a, b) =>
      compare(a.after, b.after) ||
      compare(a.other, b.other) ||
      compare(a.threshold, b.threshold) ||
      compare(a.order, b.order),
  );
  return ranked[0]!.bound;
}
