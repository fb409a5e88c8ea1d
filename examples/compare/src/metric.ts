import type { RunResult } from './result.ts';
import type { Metric } from './task.ts';

/** A value as it is written in tables, without its unit: `87.5`. */
export function number({ unit, digits }: Metric, value: number): string {
  return Number.isFinite(value) ? (unit === '%' ? 100 * value : value).toFixed(digits) : '–';
}

/** `87.5 %` */
export function quantity(metric: Metric, value: number): string {
  return Number.isFinite(value) ? withUnit(metric, number(metric, value)) : '–';
}

/** A value in as few digits as it needs, for axes and limits: `20 %`. */
export function rounded(metric: Metric, value: number): string {
  const shown = metric.unit === '%' ? 100 * value : value;
  return withUnit(metric, shown.toLocaleString('en-US', { maximumFractionDigits: metric.digits }));
}

export function withUnit({ unit }: Metric, text: string): string {
  return unit ? `${text} ${unit}` : text;
}

/** What the worst of several values is called. */
export function worstWord({ better }: Metric): 'least' | 'most' {
  return better === 'higher' ? 'least' : 'most';
}

export function worst(metric: Metric, values: readonly number[]): number {
  return metric.better === 'higher' ? Math.min(...values) : Math.max(...values);
}

/** The value of a result, where NaN is infinitely bad, so that medians and the worst count it. */
export function valueOf(metric: Metric, { value }: RunResult): number {
  return Number.isNaN(value) ? (metric.better === 'higher' ? -Infinity : Infinity) : value;
}

/** Whether the training lost its weights, or ended near guessing. An interrupted one has not failed. */
export function hasFailed(metric: Metric, result: RunResult): boolean {
  const value = valueOf(metric, result);
  const isBeyond = metric.better === 'higher' ? value < metric.failsBeyond : value > metric.failsBeyond;
  return result.ending === 'failed' || (result.ending === 'finished' && isBeyond);
}
