import type { Measurement, MeasurePlan } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import type { CheckedSet, Tensor } from './set.ts';
import { unitsOf } from './units.ts';
import type { Units } from './units.ts';

/** A tensor and its place in the columns. */
export interface Span extends Tensor, Units {
  /** The row of unit 0. */
  readonly first: number;
}

/** A measurement that is filled again at each step. */
export type Columns = { -readonly [K in keyof Measurement]: Measurement[K] | undefined } & Pick<Measurement, 'order' | 'power' | 'size'>;

/** What a set of buffers is measured into for one plan. */
export interface Workspace {
  readonly plan: MeasurePlan;
  /** The options the units depend on, as text; undefined: on none. */
  readonly layout: string | undefined;
  readonly spans: readonly Span[];
  readonly gradients: Columns;
  readonly weights: Columns | undefined;
}

/**
 * Where a set of buffers is measured for a plan; the same object while the set, the plan and its units are unchanged.
 * @throws GradclipError INVALID_SHAPE, INVALID_OPTION, and what plan.scopeOf throws
 */
export function workspaceOf(set: CheckedSet, plan: MeasurePlan, options: BufferOptions): Workspace {
  const { space, tensors } = set;
  if (space?.plan === plan && (space.layout === undefined || space.layout === layoutOf(options))) return space;
  const { order, needs } = plan;
  let layout: string | undefined;
  let rows = 0;
  const spans = tensors.map((tensor) => {
    const isByUnits = plan.scopeOf(tensor.name) === 'unit';
    if (isByUnits) layout = layoutOf(options);
    const span = { ...tensor, ...unitsOf(tensor, isByUnits ? options : {}), first: rows };
    rows += span.units;
    return span;
  });
  const columns = (): Columns => ({
    order,
    names: spans.map(({ name }) => name),
    offsets: rows > spans.length ? Int32Array.from([...spans.map(({ first }) => first), rows]) : undefined,
    power: new Float64Array(rows),
    size: new Float64Array(rows),
    maxAbs: needs.has('maxAbs') ? new Float64Array(rows) : undefined,
    nonFinite: 0,
  });
  return (set.space = { plan, layout, spans, gradients: columns(), weights: needs.has('weightNorm') ? columns() : undefined });
}

function layoutOf({ shapes, unitAxis }: BufferOptions): string {
  return JSON.stringify(shapes) + unitAxis;
}
