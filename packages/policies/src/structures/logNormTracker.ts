/** Sums of logarithms and of their squares, and the sum of their weights, all exponentially decaying from 0. */
export type LogNormTrackerState = { readonly mean: number; readonly meanSquared: number; readonly weight: number };

export interface LogNormTrackerOptions {
  readonly decay: number;
  readonly sigmaFactor: number;
  readonly lowerCap: number;
  readonly capMin: number;
}

/** GradNormTracker of Lingvo: exponential averages of `log(1 + norm)`, of norms that were cut to their own limit. */
export interface LogNormTracker {
  init(): LogNormTrackerState;
  /** The largest logarithm that is no spike, or would be none once `isKnown`. */
  cap(state: LogNormTrackerState): number;
  /** Whether three quarters of the weight are there. */
  isKnown(state: LogNormTrackerState): boolean;
  logOf(norm: number): number;
  next(state: LogNormTrackerState, log: number): LogNormTrackerState;
}

/** Less weight, or less variance, than this counts as this. */
const LEAST = 1e-6;

export function logNormTracker({ decay, sigmaFactor, lowerCap, capMin }: LogNormTrackerOptions): LogNormTracker {
  const leastCap = Math.log(capMin + 1);
  const cap = ({ mean, meanSquared, weight }: LogNormTrackerState) => {
    const average = mean / Math.max(weight, LEAST);
    const variance = meanSquared / Math.max(weight, LEAST) - average * average;
    return Math.max(average + sigmaFactor * Math.sqrt(Math.max(variance, LEAST)), leastCap);
  };
  return {
    init: () => ({ mean: 0, meanSquared: 0, weight: 0 }),
    cap,
    isKnown: ({ weight }) => weight > 0.75,
    logOf: (norm) => Math.log(Math.max(norm, lowerCap) + 1),
    next(state, log) {
      const kept = Math.min(log, cap(state));
      return {
        mean: state.mean + (1 - decay) * (kept - state.mean),
        meanSquared: state.meanSquared + (1 - decay) * (kept * kept - state.meanSquared),
        weight: state.weight + (1 - decay) * (1 - state.weight),
      };
    },
  };
}
