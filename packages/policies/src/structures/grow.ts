/** The same values with twice the room, at most `limit`. */
export function grow(values: Float64Array, limit: number = Infinity): Float64Array {
  const larger = new Float64Array(Math.min(2 * values.length, limit));
  larger.set(values);
  return larger;
}
