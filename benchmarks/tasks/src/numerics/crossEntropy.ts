/**
 * Mean cross entropy, in nats, of the softmax of `logits`, `classes` a row. Turns `logits` into the gradient of that mean.
 * @param labels the right class of each row
 */
export function crossEntropy(logits: Float64Array, labels: ArrayLike<number>, classes: number): number {
  const rows = logits.length / classes;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const first = row * classes;
    const label = labels[row]!;
    let largest = -Infinity;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[first + c]!);
    let sum = 0;
    const right = logits[first + label]! - largest;
    for (let c = 0; c < classes; c++) {
      const share = Math.exp(logits[first + c]! - largest);
      logits[first + c] = share;
      sum += share;
    }
    total += Math.log(sum) - right;
    const scale = 1 / (sum * rows);
    for (let c = 0; c < classes; c++) logits[first + c]! *= scale;
    logits[first + label]! -= 1 / rows;
  }
  return total / rows;
}
