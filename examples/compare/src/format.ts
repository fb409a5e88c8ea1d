/** A number in few characters: 0.10, 6.22, 256, 2.3e3. */
export function short(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 999.5 || size < 0.01) return value.toExponential(1).replace('e+', 'e');
  return value.toPrecision(size >= 1 ? 3 : 2);
}

/** A share from 0 to 1: 93 %. */
export function percent(share: number, digits: number = 0): string {
  return Number.isNaN(share) ? '–' : `${(100 * share).toFixed(digits)} %`;
}

/** 8,000 */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 seed`, `3 seeds` */
export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c` */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
