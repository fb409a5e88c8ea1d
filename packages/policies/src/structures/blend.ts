/** `decay * old + (1 - decay) * number`, which rounding must not take out of the range of numbers. Both are finite. */
export function blend(decay: number, old: number, number: number): number {
  return Math.min(decay * old + (1 - decay) * number, Number.MAX_VALUE);
}
