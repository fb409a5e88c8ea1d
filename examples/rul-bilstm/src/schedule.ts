import { peakRate, warmupShare } from './setting.ts';

/** Rises linearly to `peakRate` over the first steps, then falls to 0 as half a cosine. */
export function learningRate(step: number, steps: number): number {
  const warmup = Math.ceil(warmupShare * steps);
  if (step < warmup) return (peakRate * (step + 1)) / warmup;
  return (peakRate * (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup)))) / 2;
}
