import type { Measurement, MeasurePlan } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import type { CheckedSet, Tensor } from './set.ts';
import { unitsOf } from './units.ts';

/** A measurement that is filled again at each step. */
export type Filled = { -readonly [K in keyof Measurement]: Measurement[K] | undefined } & Pick<
  Measurement,
  'order' | 'power' | 'size' | 'nonFinite'
>;

/** A tensor by its units, each a row of the columns. Element i belongs to unit `floor(i / inner) % units`. */
export interface Span extends Tensor {
  readonly units: number;
  /** The product of the dimensions after the unit axis. */
  readonly inner: number;
  /** The row of unit 0. */
  readonly first: number;
}

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
  const offsets = [rows];
  const spans = set.tensors.map((tensor) => {
    const { name, buffer } = tensor;
    const isByUnits = plan.scopeOf(name) === 'unit';
    if (isByUnits) layout = layoutNow();
    const [units, inner] = unitsOf(tensor, isByUnits ? shapes : undefined, unitAxis);
    const first = rows;
    rows += units;
    offsets.push(rows);
    return { name, buffer, units, inner, first };
  });
  const column = (): Float64Array => new Float64Array(rows);
  const create = (): Filled => ({
    order: plan.order,
    names: spans.map(({ name }) => name),
    offsets: rows > spans.length ? Int32Array.from(offsets) : undefined,
    power: column(),
    size: column(),
    maxAbs: plan.needs.has('maxAbs') ? column() : undefined,
    nonFinite: 0,
  });
  const weights = plan.needs.has('weightNorm') ? create() : undefined;
  const columns = { layout, spans, gradients: create(), weights };
  set.columns.set(plan, columns);
  return columns;
}
