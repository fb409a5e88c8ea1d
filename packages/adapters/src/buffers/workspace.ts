import { assertOption } from '@gradclip/core';
import type { Measurement, MeasurePlan } from '@gradclip/core';
import type { BufferOptions } from './buffers.ts';
import { refuse } from './refuse.ts';
import { Rows } from './rows.ts';
import { isBuffer, isWide } from './set.ts';
import type { BufferMap, CheckedSet } from './set.ts';
import { spanOf } from './shape.ts';
import type { ShapeSet, Span } from './shape.ts';

/**
 * Where a set of buffers is measured for a plan; the same object while the set and its units are unchanged.
 * @throws GradclipError INVALID_SHAPE, INVALID_OPTION, and what plan.scopeOf throws
 */
export function workspaceOf(set: CheckedSet, plan: MeasurePlan, options: BufferOptions | undefined): Workspace {
  const known = set.spaces.get(plan);
  if (known?.fits(options)) return known;
  const isUnit = set.tensors.map(({ name }) => plan.scopeOf(name) === 'unit');
  const spans = set.tensors.map((tensor, i) =>
    isUnit[i] ? spanOf(tensor, options?.shapes, options?.unitAxis) : spanOf(tensor),
  );
  const space = known?.hasSpans(spans) ? known : new Workspace(plan, spans, isUnit.includes(true));
  space.remember(options);
  set.spaces.set(plan, space);
  return space;
}

/** The columns one set of buffers is measured into for one plan. Made once; then a step allocates nothing here. */
export class Workspace {
  readonly spans: readonly Span[];
  readonly #hasUnits: boolean;
  #shapes: ShapeSet | undefined;
  #unitAxis: number | undefined;
  readonly #rows: Rows;
  readonly #weightRows: Rows | undefined;
  readonly #weights: Span[] = [];
  /** What is handed out when nothing is unusual. */
  readonly #usual: Measurement;

  constructor({ order, needs }: MeasurePlan, spans: readonly Span[], hasUnits: boolean) {
    const rows = new Rows(order, spans, needs.has('maxAbs'));
    const weightRows = needs.has('weightNorm') ? new Rows(order, spans, false) : undefined;
    this.spans = spans;
    this.#hasUnits = hasUnits;
    this.#rows = rows;
    this.#weightRows = weightRows;
    this.#usual = {
      order,
      names: spans.map(({ name }) => name),
      ...(rows.size.length > spans.length && { offsets: rows.offsets }),
      power: rows.power,
      size: rows.size,
      ...(rows.maxAbs && { maxAbs: rows.maxAbs }),
      ...(weightRows && { weightPower: weightRows.power }),
      nonFinite: 0,
    };
  }

  fits(options: BufferOptions | undefined): boolean {
    return !this.#hasUnits || (this.#shapes === options?.shapes && this.#unitAxis === options?.unitAxis);
  }

  hasSpans(spans: readonly Span[]): boolean {
    return spans.every(({ units, inner }, i) => units === this.spans[i]!.units && inner === this.spans[i]!.inner);
  }

  remember(options: BufferOptions | undefined): void {
    this.#shapes = options?.shapes;
    this.#unitAxis = options?.unitAxis;
  }

  /**
   * @throws GradclipError INVALID_OPTION, WEIGHTS_MISSING, INVALID_WEIGHTS
   */
  measure(options: BufferOptions | undefined): Measurement {
    const lossScale = options?.lossScale;
    const isScale = lossScale === undefined || (Number.isFinite(lossScale) && lossScale > 0);
    assertOption('clipBuffers', 'lossScale', lossScale, isScale, 'finite and > 0');
    const rows = this.#rows;
    rows.begin();
    for (let i = 0; i < this.spans.length; i++) rows.measure(i, this.spans[i]!);
    if (this.#weightRows) this.#measureWeights(this.#weightRows, options?.weights as BufferMap | undefined);
    const { scale, nonFinite, firstBad } = rows;
    const weightScale = this.#weightRows?.scale;
    if (!scale && !weightScale && !nonFinite && lossScale === undefined) return this.#usual;
    return {
      ...this.#usual,
      ...(scale && { scale }),
      ...(weightScale && { weightScale }),
      nonFinite,
      ...(firstBad && { firstBad }),
      ...(lossScale !== undefined && { lossScale }),
    };
  }

  #measureWeights(rows: Rows, weights: BufferMap | undefined): void {
    if (!weights) refuse('WEIGHTS_MISSING', undefined, 'are to be compared with their weights', 'Pass { weights }.');
    rows.begin();
    for (let i = 0; i < this.spans.length; i++) {
      const { name, buffer } = this.spans[i]!;
      const weight = weights[name];
      if (weight !== this.#weights[i]?.buffer || weight?.length !== buffer.length)
        this.#weights[i] = weightsOf(this.spans[i]!, weight);
      rows.measure(i, this.#weights[i]!);
    }
    // Broken weights have no norm. The step is not a bad one for that: the gradient may be fine.
    if (rows.nonFinite) rows.spoil();
  }
}

/** The weights of a tensor, divided into units as its gradient is. */
function weightsOf({ name, buffer, units, inner }: Span, weights: unknown): Span {
  if (!isBuffer(weights) || weights.length !== buffer.length) {
    const what = `has ${buffer.length} elements, its weights do not`;
    refuse('INVALID_WEIGHTS', name, what, 'Pass { weights } in the form of the gradients.');
  }
  return { name, buffer: weights, wide: isWide(weights), units, inner };
}
