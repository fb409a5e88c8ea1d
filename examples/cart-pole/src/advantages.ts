/**
 * What the moves of a game earned from there on, where each move earns 1 and a later one counts less:
 * `G[t] = 1 + discount * G[t + 1]`.
 *
 * @param moves of the game, an integer >= 0
 * @param discount in [0, 1]
 */
export function discountedReturns(moves: number, discount: number): Float64Array {
  const returns = new Float64Array(moves);
  let next = 0;
  for (let t = moves - 1; t >= 0; t--) returns[t] = next = 1 + discount * next;
  return returns;
}

/**
 * How much better than usual each move of each game turned out: discounted returns, shifted and scaled so that over all
 * moves of all games their mean is 0 and their variance 1. All 0 where they are all equal.
 */
export function advantagesOf(moves: readonly number[], discount: number): Float32Array[] {
  const returns = moves.map((count) => discountedReturns(count, discount));
  const total = moves.reduce((sum, count) => sum + count, 0);
  const sumOf = (of: (value: number) => number): number =>
    returns.reduce((sum, values) => values.reduce((own, value) => own + of(value), sum), 0);
  const mean = sumOf((value) => value) / total;
  const deviation = Math.sqrt(sumOf((value) => (value - mean) ** 2) / total);
  return returns.map((values) =>
    Float32Array.from(values, (value) => (deviation > 0 ? (value - mean) / deviation : 0)),
  );
}
