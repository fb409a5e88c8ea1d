import type { MeasurePlan } from '@gradclip/core';
import { createColumns } from '../buffers/columns.ts';
import type { Columns, Rows } from '../buffers/columns.ts';
import { isCutCheaply } from './backend.ts';
import type { Gradient } from './gradients.ts';

/** What a device reduces in one go: a tensor, or several small ones that count as one row. */
export interface Chunk {
  /** Places of the tensors. */
  readonly members: readonly number[];
  /** Rows it has: the units of its tensor. */
  readonly units: number;
  /** Its first row in the columns. */
  readonly first: number;
}

/** How the gradients of a step become the rows of a measurement; the same object while names and shapes are. */
export interface Layout extends Pick<Columns, 'gradients' | 'weights'> {
  readonly rows: readonly Rows[];
  readonly shapes: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  readonly chunks: readonly Chunk[];
}

/** Tensors up to this many elements are joined: a small one costs a device as much as its launches do. */
const SMALL = 65_536;

/** The layout in use: the gradients of a run rarely change, so one is remembered. */
export class Layouts {
  readonly #plan: MeasurePlan;
  readonly #rename: (gradients: readonly Gradient[]) => readonly string[];
  #names: readonly string[] = [];
  #last: Layout | undefined;
  #cutsCheaply = false;

  constructor(plan: MeasurePlan, rename: (gradients: readonly Gradient[]) => readonly string[] = namesOf) {
    this.#plan = plan;
    this.#rename = rename;
  }

  /** @throws what plan.scopeOf throws */
  of(gradients: readonly Gradient[]): Layout {
    const last = this.#last;
    const cutsCheaply = isCutCheaply();
    const sameBackend = cutsCheaply === this.#cutsCheaply;
    if (
      last &&
      sameBackend &&
      gradients.length === this.#names.length &&
      gradients.every((one, i) => this.#isSame(one, i, last))
    )
      return last;
    const layout = createLayout(gradients, this.#rename(gradients), this.#plan, cutsCheaply);
    this.#cutsCheaply = cutsCheaply;
    this.#names = namesOf(gradients);
    return (this.#last = layout);
  }

  #isSame({ name, tensor }: Gradient, i: number, { shapes }: Layout): boolean {
    return name === this.#names[i] && isShape(tensor.shape, shapes[i]!);
  }
}

function namesOf(gradients: readonly Gradient[]): readonly string[] {
  return gradients.map(({ name }) => name);
}

export function isShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function createLayout(
  gradients: readonly Gradient[],
  names: readonly string[],
  plan: MeasurePlan,
  cutsCheaply: boolean,
): Layout {
  const scopes = names.map((name) => plan.scopeOf(name));
  let first = 0;
  const rows = gradients.map(({ tensor: { shape, size } }, i): Rows => {
    // Units lie along the last axis, as the outputs of every layer of tfjs do.
    const byUnits = scopes[i] === 'unit' && shape.length > 1 && size > 0;
    const own = { name: names[i]!, units: byUnits ? shape.at(-1)! : 1, inner: byUnits ? 1 : size, first };
    first += own.units;
    return own;
  });
  const sizes = gradients.map(({ tensor }) => tensor.size);
  const joint = scopes.every((scope) => scope === 'global') && cutsCheaply;
  const small = sizes.flatMap((size, i) => (joint && size > 0 && size <= SMALL ? [i] : []));
  const alone = sizes.flatMap((size, i) => (size > 0 && !small.includes(i) ? [i] : []));
  const toChunk = (members: readonly number[]): Chunk => {
    const { units, first: row } = rows[members[0]!]!;
    return { members, units, first: row };
  };
  const chunks = [...(small.length ? [small] : []), ...alone.map((i) => [i])].map(toChunk);
  const shapes = gradients.map(({ tensor }) => [...tensor.shape]);
  return { rows, shapes, sizes, chunks, ...createColumns(rows, plan) };
}
