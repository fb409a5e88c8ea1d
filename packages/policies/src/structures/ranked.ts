/** Numbers that answer by rank. */
export interface Ranked {
  readonly size: number;
  /** The number at `rank` in ascending order, 0 to size - 1. */
  at(rank: number): number;
}

/** Numbers kept in ascending order, equal ones included. */
export interface SortedList extends Ranked {
  insert(number: number): void;
  /** `old` is in the list. */
  replace(old: number, number: number): void;
}

/** The norms a percentile is taken of. */
export interface NormHistory extends Ranked {
  /** The norm that the next one drives out; undefined: none. */
  readonly leaving: number | undefined;
  record(norm: number): void;
  /** What makes the same history again when recorded in this order. */
  toArray(): number[];
}

/** The history as it would be with `norm` recorded. Nothing is changed: one number more moves every rank by one at most. */
export function withNorm(history: NormHistory, norm: number): Ranked {
  const { leaving } = history;
  const size = leaving === undefined ? history.size + 1 : history.size;
  const rest = (rank: number) => {
    const number = history.at(rank);
    return leaving === undefined || number < leaving ? number : history.at(rank + 1);
  };
  return {
    size,
    at(rank) {
      const below = rank > 0 ? rest(rank - 1) : 0;
      const above = rank < size - 1 ? rest(rank) : Infinity;
      return Math.max(below, Math.min(norm, above));
    },
  };
}
