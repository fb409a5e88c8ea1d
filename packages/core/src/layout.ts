import { describe, GradclipError } from './errors.ts';
import type { Routing } from './groups.ts';
import type { Host, Lane } from './host.ts';
import type { StepKeys } from './step.ts';

/** The keys of one lane or of all lanes, with the rows of the measurement each of them joins. */
export interface KeyTable {
  readonly lanes: readonly Lane[];
  readonly hosts: readonly Host[];
  /** Rows of key k are rows[rowStart[k]] to rows[rowStart[k+1] - 1]. */
  readonly rowStart: Int32Array;
  readonly rows: Int32Array;
  /** Scratch of the step: the norm of key k, its elements, the norm of its weights where its policy needs it. */
  readonly norms: Float64Array;
  readonly sizes: Float64Array;
  readonly weightNorms: Float64Array;
}

/** How a set of tensors maps to keys; made once for a set of names, and used again while it is unchanged. */
export interface Layout extends StepKeys {
  readonly names: readonly string[];
  readonly offsets: Int32Array | undefined;
  readonly main: KeyTable;
  readonly shadows: readonly KeyTable[];
}

/**
 * @throws GradclipError NO_GROUP, DUPLICATE_KEY
 */
function createLayout(routing: Routing, names: readonly string[], offsets: Int32Array | undefined): Layout {
  if (new Set(names).size !== names.length) {
    const twice = names.find((name, i) => names.indexOf(name) !== i)!;
    throw duplicate(twice, 'two tensors have this name');
  }
  const laneOf = new Map(names.map((name) => [name, routing.laneOf(name)]));
  const places = new Map<string, readonly [number, number]>();
  const main = tabulate(
    names,
    offsets,
    (name) => laneOf.get(name)!,
    (name) => laneOf.get(name)!.name,
    places,
  );
  const shadows = routing.shadows.map((shadow) =>
    tabulate(
      names,
      offsets,
      () => shadow,
      (name) => laneOf.get(name)!.name,
    ),
  );
  return { names, offsets, main, shadows, place: (name) => places.get(name) };
}

/** `groupOf` names the group a tensor is in: the key of a joint norm at group scope. */
function tabulate(
  names: readonly string[],
  offsets: Int32Array | undefined,
  laneOf: (name: string) => Lane,
  groupOf: (name: string) => string,
  places: Map<string, readonly [number, number]> = new Map(),
): KeyTable {
  const lanes: Lane[] = [];
  const hosts: Host[] = [];
  const rows: number[][] = [];
  const known = new Map<string, { key: number; lane: Lane; joint: boolean }>();
  const add = (name: string, lane: Lane, joint: boolean): number => {
    const before = known.get(name);
    if (before && joint && before.joint && before.lane === lane) return before.key;
    if (before) throw duplicate(name, `group ${before.lane.name} and group ${lane.name} both make it`);
    known.set(name, { key: hosts.length, lane, joint });
    lanes.push(lane);
    rows.push([]);
    return hosts.push(lane.host(name)) - 1;
  };
  names.forEach((name, i) => {
    const lane = laneOf(name);
    const from = offsets ? offsets[i]! : i;
    const to = offsets ? offsets[i + 1]! : i + 1;
    if (lane.scope === 'unit') {
      places.set(name, [hosts.length, to - from]);
      for (let row = from; row < to; row++) rows[add(`${name}#${row - from}`, lane, false)]!.push(row);
      return;
    }
    const joint = lane.scope !== 'tensor';
    const key = add(lane.scope === 'global' ? 'global' : joint ? groupOf(name) : name, lane, joint);
    places.set(name, [key, 1]);
    for (let row = from; row < to; row++) rows[key]!.push(row);
  });
  const rowStart = new Int32Array(hosts.length + 1);
  rows.forEach((list, key) => (rowStart[key + 1] = rowStart[key]! + list.length));
  const scratch = (): Float64Array => new Float64Array(hosts.length);
  const [norms, sizes, weightNorms] = [scratch(), scratch(), scratch()];
  return { lanes, hosts, rowStart, rows: Int32Array.from(rows.flat()), norms, sizes, weightNorms };
}

function duplicate(name: string, why: string): GradclipError {
  return new GradclipError('DUPLICATE_KEY', `The key ${describe(name)} is not unique: ${why}.`, {
    where: { key: name },
    advice: 'Rename the group or the tensor.',
  });
}

/** The layout in use: sets of tensors rarely change, so one is remembered. */
export class Layouts {
  readonly #routing: Routing;
  #last: Layout | undefined;

  constructor(routing: Routing) {
    this.#routing = routing;
  }

  /** @throws GradclipError NO_GROUP, DUPLICATE_KEY */
  of(names: readonly string[], offsets: Int32Array | undefined): Layout {
    const last = this.#last;
    if (last && last.names === names && last.offsets === offsets) return last;
    if (last && sameList(last.names, names) && sameList(last.offsets ?? [], offsets ?? [])) return last;
    return (this.#last = createLayout(this.#routing, names, offsets));
  }

  /** Before a measurement. Units are counted by one, so a set not measured before has no layout at unit scope. */
  ofNames(names: readonly string[]): Layout | undefined {
    const last = this.#last;
    if (last && sameList(last.names, names)) return last;
    const { lanes, shadows } = this.#routing;
    return [...lanes, ...shadows].some(({ scope }) => scope === 'unit') ? undefined : this.of(names, undefined);
  }

  clear(): void {
    this.#last = undefined;
  }
}

export function sameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
