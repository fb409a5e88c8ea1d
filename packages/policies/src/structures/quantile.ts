import type { Ranked } from './ranked.ts';

export const INTERPOLATIONS = ['linear', 'lower', 'higher', 'nearest', 'midpoint'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/**
 * The quantile (0 to 1) of at least one number, by NumPy's rules and in its arithmetic: it lies at the rank
 * quantile * (size - 1), and `interpolation` says what to do between two ranks.
 */
export function quantileOf(numbers: Ranked, quantile: number, interpolation: Interpolation): number {
  const rank = quantile * (numbers.size - 1);
  const floor = Math.floor(rank);
  const share = rank - floor;
  if (share === 0) return numbers.at(floor);
  switch (interpolation) {
    case 'linear':
      return between(numbers.at(floor), numbers.at(floor + 1), share);
    case 'lower':
      return numbers.at(floor);
    case 'higher':
      return numbers.at(floor + 1);
    case 'nearest': // halfway: the even rank
      return numbers.at(share < 0.5 || (share === 0.5 && floor % 2 === 0) ? floor : floor + 1);
    case 'midpoint':
      return between(numbers.at(floor), numbers.at(floor + 1), 0.5);
  }
}

/** Starts from the nearer end, which keeps the result between both and exact at both. */
function between(low: number, high: number, share: number): number {
  const distance = high - low;
  return share < 0.5 ? low + distance * share : high - distance * (1 - share);
}
