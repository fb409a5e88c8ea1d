import { median } from '../format.ts';

/**
 * Thins a series to at most two points for each of `columns` parts of it, the least and the greatest in their order,
 * so that no peak is lost. A NaN is kept as a gap.
 */
export function decimate(values: ArrayLike<number>, columns: number): (readonly [index: number, value: number])[] {
  const points: (readonly [number, number])[] = [];
  const width = Math.max(1, values.length / columns);
  for (let start = 0; start < values.length; start += width) {
    const begin = Math.floor(start);
    const end = Math.min(values.length, Math.max(begin + 1, Math.floor(start + width)));
    let least = -1;
    let most = -1;
    let gap = -1;
    for (let i = begin; i < end; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) gap = i;
      else {
        if (least < 0 || value < values[least]!) least = i;
        if (most < 0 || value > values[most]!) most = i;
      }
    }
    const kept = [...new Set([least, most, gap])].filter((i) => i >= 0).sort((a, b) => a - b);
    for (const i of kept) points.push([i, values[i]!]);
  }
  return points;
}

/** Medians over the neighbourhood of a value, `around` on either side, taken a few times a neighbourhood and at the end. */
export function smooth(values: ArrayLike<number>, around: number): (readonly [index: number, value: number])[] {
  const stride = Math.max(1, Math.floor(around / 4));
  const indices: number[] = [];
  for (let i = 0; i < values.length - 1; i += stride) indices.push(i);
  if (values.length) indices.push(values.length - 1);
  return indices.map((i) => {
    const window: number[] = [];
    for (let j = Math.max(0, i - around); j <= Math.min(values.length - 1, i + around); j++) {
      if (!Number.isNaN(values[j]!)) window.push(values[j]!);
    }
    return [i, median(window)] as const;
  });
}

/** The share of each of `columns` equal parts of `length` steps in which `holds`; NaN where nothing was recorded. */
export function shares(
  values: ArrayLike<number>,
  length: number,
  columns: number,
  holds: (value: number) => boolean,
): number[] {
  return Array.from({ length: Math.min(columns, length) }, (_, column) => {
    const count = Math.min(columns, length);
    const begin = Math.floor((column * length) / count);
    const end = Math.min(values.length, Math.floor(((column + 1) * length) / count));
    let found = 0;
    for (let i = begin; i < end; i++) if (holds(values[i]!)) found++;
    return end > begin ? found / (end - begin) : NaN;
  });
}
