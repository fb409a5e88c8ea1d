/** The nearest number that is finite and > 0, as factors and targets are. */
export function asPositive(value: number): number {
  return Math.min(Math.max(value, Number.MIN_VALUE), Number.MAX_VALUE);
}
