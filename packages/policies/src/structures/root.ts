/** `sqrt(a^2 + b^2)` of two numbers >= 0, without squares that leave the range of numbers; the same on every engine. */
export function root(a: number, b: number): number {
  const squares = a * a + b * b;
  if (squares > 1e-280 && squares < 1e300) return Math.sqrt(squares);
  const larger = Math.max(a, b);
  if (larger === 0 || larger === Infinity) return larger;
  const ratio = Math.min(a, b) / larger;
  return larger * Math.sqrt(1 + ratio * ratio);
}
