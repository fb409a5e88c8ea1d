import type { Measurement, MeasurePlan } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import type { CheckedSet, Tensor } from './set.ts';
import { unitsOf } from './units.ts';

/** A measurement that is filled again at each step. */
export type Filled = { -readonly [K in keyof Measurement]: Measurement[K] | undefined } & Pick<
  Measurement,
  'order' | 'names' | 'power' | 'size' | 'nonFinite'
>;

/** A tensor by its units, each a row of the columns. Element i belongs to unit `floor(i / inner) % units`. */
export interface Rows {
  readonly name: string;
  readonly units: number;
  /** The product of the dimensions after the unit axis. */
  readonly inner: number;
  /** The row of unit 0. */
  readonly first: number;
}

/** The rows of a buffer. */
export interface Span extends Rows, Tensor {}

/** What a set of buffers is measured into for one plan. */
export interface Columns {
  /** The options that units depend on, as text; undefined: there are no units. */
  readonly layout: string | undefined;
  readonly spans: readonly Span[];
  readonly gradients: Filled;
  readonly weights: Filled | undefined;
}

/**
 * The columns of a set; the same object while the set, the plan and the units are unchanged.
 * @throws GradclipError INVALID_SHAPE, INVALID_OPTION, and what plan.scopeOf throws
 */
export function columnsOf(set: CheckedSet, plan: MeasurePlan, { shapes, unitAxis }: BufferOptions): Columns {
  const known = set.columns.get(plan);
  const layoutNow = (): string => JSON.stringify(shapes) + unitAxis;
  if (known && (known.layout === undefined || known.layout === layoutNow())) return known;
  let layout: string | undefined;
  let rows = 0;
  const spans = set.tensors.map((tensor) => {
    const { name, buffer } = tensor;
    const isByUnits = plan.scopeOf(name) === 'unit';
    if (isByUnits) layout = layoutNow();
    const [units, inner] = unitsOf(tensor, isByUnits ? shapes : undefined, unitAxis);
    const first = rows;
    rows += units;
    return { name, buffer, units, inner, first };
  });
  const columns = { layout, spans, ...createColumns(spans, plan) };
  set.columns.set(plan, columns);
  return columns;
}

/** What the gradients are measured into, and their weights where the plan needs them. */
export function createColumns(rows: readonly Rows[], plan: MeasurePlan): Pick<Columns, 'gradients' | 'weights'> {
  const offsets = Int32Array.from([0, ...rows.map(({ first, units }) => first + units)]);
  const count = offsets[rows.length]!;
  const column = (): Float64Array => new Float64Array(count);
  const create = (): Filled => ({
    order: plan.order,
    names: rows.map(({ name }) => name),
    offsets: count > rows.length ? offsets : undefined,
    power: column(),
    size: column(),
    maxAbs: plan.needs.has('maxAbs') ? column() : undefined,
    nonFinite: 0,
  });
  return { gradients: create(), weights: plan.needs.has('weightNorm') ? create() : undefined };
}

/** Empties the columns for the next step. */
export function clear({ gradients, weights }: Pick<Columns, 'gradients' | 'weights'>): void {
  gradients.nonFinite = 0;
  gradients.firstBad = undefined;
  gradients.scale?.fill(1);
  weights?.scale?.fill(1);
}

/** The columns as the measurement of a step. */
export function measured(
  { gradients, weights }: Pick<Columns, 'gradients' | 'weights'>,
  lossScale: number | undefined,
): Measurement {
  gradients.weightPower = weights?.power;
  gradients.weightScale = weights?.scale;
  gradients.lossScale = lossScale;
  return gradients as Measurement;
}
