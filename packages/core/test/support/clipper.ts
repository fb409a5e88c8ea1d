import { encode, GradclipError } from '@gradclip/core';
import type {
  ClipAlert,
  ClipPolicy,
  Clipper,
  GradientNormEvent,
  Measurement,
  MeasurePlan,
  StepContext,
  StepDecision,
} from '@gradclip/core';
import type { Observable } from 'rxjs';
import { afterEach, beforeEach, vi } from 'vitest';

/** For the tests of a file: alerts nobody listens to are not written to the console. */
export function withoutWarnings(): void {
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

/** Gradients by name: the elements of a tensor, or of each of its units. */
export type Tensors = Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;

export interface MeasureOptions {
  readonly lossScale?: number;
  readonly weights?: Tensors;
}

/** The columns an adapter would make of some gradients, in the plainest way: the gradients are small in every sense. */
export function measure(plan: MeasurePlan, tensors: Tensors, { lossScale, weights }: MeasureOptions = {}): Measurement {
  const names = Object.keys(tensors);
  const offsets = [0];
  const rows: (readonly number[])[] = [];
  let nonFinite = 0;
  let firstBad: { name: string; index: number; value: number } | undefined;
  for (const name of names) {
    const units = unitsOf(tensors[name]!);
    units.flat().forEach((value, index) => {
      if (Number.isFinite(value)) return;
      nonFinite++;
      firstBad ??= { name, index, value };
    });
    rows.push(...(plan.scopeOf(name) === 'unit' ? units : [units.flat()]));
    offsets.push(rows.length);
  }
  const power = (row: readonly number[]): number => powerOf(row, plan.order);
  const weightRows = weights && names.flatMap((name) => rowsLike(plan, name, weights[name]!));
  return {
    order: plan.order,
    names,
    ...(rows.length !== names.length && { offsets: Int32Array.from(offsets) }),
    power: Float64Array.from(rows, (row) => power(row.filter(Number.isFinite))),
    size: Float64Array.from(rows, (row) => row.filter(Number.isFinite).length),
    ...(plan.needs.has('maxAbs') && {
      maxAbs: Float64Array.from(rows, (row) => powerOf(row.filter(Number.isFinite), Infinity)),
    }),
    ...(weightRows && { weightPower: Float64Array.from(weightRows, power) }),
    nonFinite,
    ...(firstBad && { firstBad }),
    ...(lossScale !== undefined && { lossScale }),
  };
}

function unitsOf(tensor: readonly number[] | readonly (readonly number[])[]): readonly (readonly number[])[] {
  return Array.isArray(tensor[0]) ? (tensor as readonly (readonly number[])[]) : [tensor as readonly number[]];
}

function rowsLike(plan: MeasurePlan, name: string, tensor: Tensors[string]): readonly (readonly number[])[] {
  return plan.scopeOf(name) === 'unit' ? unitsOf(tensor) : [unitsOf(tensor).flat()];
}

function powerOf(row: readonly number[], order: number): number {
  if (order === Infinity) return Math.max(0, ...row.map(Math.abs));
  return row.reduce((sum, value) => sum + Math.abs(value) ** order, 0);
}

/** One step of the loop. */
export function clip(clipper: Clipper, tensors: Tensors, options: MeasureOptions & StepContext = {}): StepDecision {
  const { lossScale, weights, ...context } = options;
  const own = { ...(lossScale !== undefined && { lossScale }), ...(weights && { weights }) };
  return clipper.decide(measure(clipper.plan, tensors, own), context);
}

/** Steps of one tensor of one element: its norm is that number. NaN and Infinity make bad steps. */
export function clipNorms(clipper: Clipper, norms: readonly number[]): readonly StepDecision[] {
  return norms.map((norm) => clip(clipper, { w: [norm] }));
}

/** A policy of one line: `answer` gives the bound from the event and the number of events the key has seen before. */
export function answering(
  answer: (event: GradientNormEvent, seen: number) => unknown,
  more: Partial<ClipPolicy<{ seen: number }>> = {},
): ClipPolicy<{ seen: number }> {
  return {
    name: 'answering',
    init: () => ({ seen: 0 }),
    decide: ({ seen }, event) => [answer(event, seen) as number, { seen: seen + 1 }],
    ...more,
  };
}

export const boom = (): never => {
  throw new Error('boom');
};

/** Answers 2, 3, 4, ...; at some steps something else. */
export function faultyAt(steps: readonly number[], fault: () => unknown = boom): ClipPolicy<{ seen: number }> {
  return answering(({ step }, seen) => (steps.includes(step) ? fault() : seen + 2));
}

/** A threshold that passes everything, and a list of what the policy was asked. */
export function recording(more: Partial<ClipPolicy<{ seen: number }>> = {}): {
  policy: ClipPolicy<{ seen: number }>;
  asked: GradientNormEvent[];
} {
  const asked: GradientNormEvent[] = [];
  const answer = (event: GradientNormEvent): number => (asked.push({ ...event }), Infinity);
  return { asked, policy: answering(answer, { name: 'recording', ...more }) };
}

/** The code of what `action` throws; undefined when it throws nothing. Anything but a GradclipError is thrown on. */
export function codeOf(action: () => unknown): string | undefined {
  return errorOf(action)?.code;
}

export function errorOf(action: () => unknown): GradclipError | undefined {
  try {
    action();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GradclipError) return thrown;
    throw thrown;
  }
}

/** One of the streams, by name, as what all of them have in common. */
export function streamOf(
  clipper: Clipper,
  name: 'norms$' | 'decisions$' | 'alerts$',
): Observable<{ readonly step: number }> {
  return clipper[name];
}

/** Collects the alerts of a clipper from now on. */
export function alertsOf(clipper: Clipper): ClipAlert[] {
  const alerts: ClipAlert[] = [];
  clipper.alerts$.subscribe((alert) => alerts.push(alert));
  return alerts;
}

export function codesOf(alerts: readonly ClipAlert[]): readonly string[] {
  return alerts.map(({ code }) => code);
}

/** Everything a decision says, as text that is equal only where every bit is. */
export function spelled(decision: StepDecision, names: readonly string[]): string {
  const {
    step,
    action,
    proceed,
    applied,
    norm,
    normAfter,
    threshold = 'none',
    factor = 'none',
    reason = 'none',
  } = decision;
  const columns = names.map((name) => [[...decision.factors(name)], [...decision.clamps(name)]]);
  const decisions = decision.decisions.map((own) => ({ ...own }));
  return encode({ step, action, proceed, applied, norm, normAfter, threshold, factor, reason, columns, decisions });
}

/** Statistics as text, keys in alphabetical order. */
export function spelledStats(clipper: Clipper): string {
  const { keys, percentile, shadows, ...counts } = clipper.stats();
  const sorted = [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, own]) => [key, { ...own }] as const);
  const shadowCounts = Object.fromEntries(Object.entries(shadows).map(([name, own]) => [name, { ...own }]));
  return encode({ ...counts, keys: sorted, shadows: shadowCounts, percentiles: [0, 10, 50, 90, 100].map(percentile) });
}

export function spelledState(clipper: Clipper): string {
  return encode(clipper.state());
}
