/** How many of the first `size` ascending values are smaller than `value`: the place where it would be inserted. */
export function lowerBound(ascending: ArrayLike<number>, size: number, value: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
