import type { Clipper, Measurement, MeasurePlan, StepDecision } from '@gradclip/core';
import type { AdapterUnderTest } from '@gradclip/core/testing';

// A small adapter over arrays of numbers, rounded to float32 as a framework would. The broken ones of the tests are this
// one with one part replaced.

export interface Tensor {
  values: number[];
  readonly shape: readonly number[];
}
export type Gradients = Record<string, Tensor>;

/** The parts of the adapter, each to be replaced. */
export interface Parts {
  /** The sum of |x|^p over the finite elements of a row, or the largest |x|. */
  power(row: readonly number[], order: number): number;
  /** Place of an element among the units of its tensor, and how many there are. */
  unitOf(index: number, shape: readonly number[]): number;
  unitCount(shape: readonly number[]): number;
  measure(gradients: Gradients, plan: MeasurePlan, parts: Parts): Measurement;
  /** What becomes of one element. */
  element(value: number, factor: number, clamp: number, step: StepDecision): number;
  apply(gradients: Gradients, step: StepDecision, plan: MeasurePlan, parts: Parts): void;
  clip(gradients: Gradients, clipper: Clipper, parts: Parts): StepDecision | Promise<StepDecision>;
}

export const parts: Parts = {
  power: (row, order) =>
    order === Infinity
      ? row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
      : row.reduce((sum, value) => sum + Math.abs(value) ** order, 0),
  unitOf: (index, shape) => (shape.length < 2 ? 0 : index % shape.at(-1)!),
  unitCount: (shape) => (shape.length < 2 ? 1 : shape.at(-1)!),
  measure,
  element(value, factor, clamp, { action }) {
    if (action === 'zero' && !Number.isFinite(value)) return 0;
    if (factor === 1 && Math.abs(value) <= clamp) return value;
    return Math.fround(Math.min(Math.max(value * factor, -clamp), clamp));
  },
  apply(gradients, step, plan, { element, unitOf }) {
    if (!step.proceed || !step.applied || step.action === 'pass') return;
    for (const [name, tensor] of Object.entries(gradients)) {
      const factors = step.factors(name);
      const clamps = step.clamps(name);
      tensor.values = tensor.values.map((value, i) => {
        const unit = plan.scopeOf(name) === 'unit' ? unitOf(i, tensor.shape) : 0;
        return element(value, factors[unit]!, clamps[unit]!, step);
      });
    }
  },
  clip(gradients, clipper, own) {
    const step = clipper.decide(own.measure(gradients, clipper.plan, own));
    own.apply(gradients, step, clipper.plan, own);
    return step;
  },
};

function measure(gradients: Gradients, plan: MeasurePlan, { power, unitOf, unitCount }: Parts): Measurement {
  const names = Object.keys(gradients);
  const rows: number[][] = [];
  const offsets = [0];
  let nonFinite = 0;
  let firstBad: { name: string; index: number; value: number } | undefined;
  for (const name of names) {
    const { values, shape } = gradients[name]!;
    const perUnit = plan.scopeOf(name) === 'unit';
    const units: number[][] = Array.from({ length: perUnit ? unitCount(shape) : 1 }, () => []);
    values.forEach((value, index) => {
      if (Number.isFinite(value)) units[perUnit ? unitOf(index, shape) : 0]!.push(value);
      else {
        nonFinite++;
        firstBad ??= { name, index, value };
      }
    });
    rows.push(...units);
    offsets.push(rows.length);
  }
  return {
    order: plan.order,
    names,
    offsets: Int32Array.from(offsets),
    power: Float64Array.from(rows, (row) => power(row, plan.order)),
    size: Float64Array.from(rows, (row) => row.length),
    ...(plan.needs.has('maxAbs') && { maxAbs: Float64Array.from(rows, (row) => parts.power(row, Infinity)) }),
    nonFinite,
    ...(firstBad && { firstBad }),
  };
}

/** The adapter, with some of its parts replaced. */
export function adapterWith(change: Partial<Parts> = {}): AdapterUnderTest<Gradients> {
  const own = { ...parts, ...change };
  return {
    name: 'arrays',
    make: (tensors) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, { values, shape }]) => [name, { values: [...values], shape }]),
      ),
    read: (gradients) => Object.fromEntries(Object.entries(gradients).map(([name, { values }]) => [name, values])),
    clip: (gradients, clipper) => own.clip(gradients, clipper, own),
  };
}
