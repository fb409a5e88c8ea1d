import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createClipper, definePolicy, mergeMeasurements } from '@gradclip/core';
import type { ClipperOptions, ClipPolicy, Clipper, StepDecision } from '@gradclip/core';
import { applyToBuffers, clipBuffers, measureBuffers } from '@gradclip/adapters/buffers';
import type { BufferOptions, BufferSet, GradientBuffer } from '@gradclip/adapters/buffers';
import keras from './peers/keras.json' with { type: 'json' };
import nonFinite from './peers/pytorch-nonfinite.json' with { type: 'json' };
import pytorch from './peers/pytorch.json' with { type: 'json' };
import tensorflow from './peers/tensorflow.json' with { type: 'json' };

// What PyTorch, TensorFlow and Keras answer, and what is answered here.

/** A number; what JSON cannot spell is text. */
type Num = number | string;
type Elements = readonly (Num | { value: Num; count: number } | { from: number; step: number; count: number })[];
type Tensors = Readonly<Record<string, Elements | null>>;

/** What is called here. */
interface Call {
  readonly threshold?: Num;
  /** A limit for each element, in place of a threshold. */
  readonly clamp?: number;
  readonly norm?: Num;
  readonly scope?: 'tensor' | 'unit';
  readonly epsilon?: number;
  readonly onNonFinite?: 'throw';
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly unitAxis?: number;
  /** How many tensors lie in each place; absent: all in one. */
  readonly places?: readonly number[];
  /** Gradients of another place: they count, and are not ours to scale. */
  readonly elsewhere?: Tensors;
  readonly as?: 'an iterator';
}

/** What must be so afterwards; only what is named. */
interface Outcome {
  readonly action?: string;
  readonly norm?: Num;
  readonly factor?: number;
  readonly normAfter?: number;
  readonly gradients?: Tensors;
  /** How many elements are other numbers than before. */
  readonly changed?: number;
  /** Bit for bit. */
  readonly unchanged?: boolean;
  /** To measure, decide and apply gives the same bits as one call; that is asserted of all cases. */
  readonly sameInTwoSteps?: boolean;
  readonly warnings?: number;
}

interface Ours extends Outcome {
  readonly instead: string;
  /** The code of the error. */
  readonly refused?: string;
}

interface Case {
  readonly id: string;
  readonly test: string;
  readonly peer?: string;
  readonly agrees: boolean;
  /** Default: both. */
  readonly types?: readonly (keyof typeof KINDS)[];
  readonly call: Call;
  readonly gradients: Tensors;
  /** What the peer answers. */
  readonly expect: Outcome;
  /** Relative. Default 1e-6, for numbers of float32. */
  readonly tolerance?: number;
  readonly ours?: Ours;
  /** The row of docs/conventions.md that says why. */
  readonly convention?: string;
}

interface Peer {
  readonly peer: string;
  readonly version: string;
  readonly licence: string;
  readonly cases: readonly Case[];
  readonly leftOut: Readonly<Record<string, string>>;
  readonly ids: readonly string[];
}

type Named = Readonly<Record<string, GradientBuffer | null>>;

interface Run {
  readonly step: StepDecision;
  readonly before: Named;
  readonly after: Named;
  /** Measured after clipping. */
  readonly norm: number;
}

const KINDS = { float32: Float32Array, float64: Float64Array };
const TOLERANCE = 1e-6;

/** Limits each element to [-limit, limit]. */
const clampTo = (limit: number): ClipPolicy<null> =>
  definePolicy({ name: 'clamp', needs: ['maxAbs'], init: () => null, decide: () => [{ clamp: limit }, null] });

/** The elements in full; x stands for the element a table is about. */
function elementsOf(list: Elements, x: number = NaN): number[] {
  const number = (value: Num): number => (value === 'x' ? x : Number(value));
  return list.flatMap((item) => {
    if (typeof item !== 'object') return [number(item)];
    const each = 'value' in item ? () => number(item.value) : (_: unknown, i: number) => item.from + i * item.step;
    return Array.from({ length: item.count }, each);
  });
}

function buffersOf(tensors: Tensors, type: keyof typeof KINDS, x?: number): Named {
  const entries = Object.entries(tensors);
  return Object.fromEntries(entries.map(([name, list]) => [name, list && KINDS[type].from(elementsOf(list, x))]));
}

const copyOf = (buffers: Named): Named =>
  Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, buffer && buffer.slice()]));

function clipperOf({ threshold, clamp, norm, scope, epsilon, onNonFinite }: Call): Clipper {
  const options: ClipperOptions = {
    ...(norm !== undefined && { norm: Number(norm) }),
    ...(scope && { scope }),
    ...(epsilon !== undefined && { epsilon }),
    ...(onNonFinite && { onNonFinite }),
  };
  const clipper = createClipper(clamp === undefined ? Number(threshold) : clampTo(clamp), options);
  clipper.alerts$.subscribe();
  return clipper;
}

type Way = (call: Call, buffers: Named) => StepDecision;

/** In the form of a list, or of a map by name. */
function formOf(buffers: Named, { shapes, unitAxis }: Call, isList: boolean): [BufferSet, BufferOptions] {
  const inForm = (values: object): never => (isList ? Object.values(values) : values) as never;
  return [inForm(buffers), { ...(shapes && { shapes: inForm(shapes) }), ...(unitAxis !== undefined && { unitAxis }) }];
}

function inTwoSteps(call: Call, set: BufferSet, options: BufferOptions): StepDecision {
  const clipper = clipperOf(call);
  const step = clipper.decide(measureBuffers(set, clipper.plan, options));
  applyToBuffers(set, step, options);
  return step;
}

/** The tensors of a map, the first of them in the first place, and so on. */
function inPlaces(call: Call, buffers: Named): StepDecision {
  const clipper = clipperOf(call);
  const entries = Object.entries(buffers);
  let from = 0;
  const places = (call.places ?? [entries.length]).map(
    (count) => Object.fromEntries(entries.slice(from, (from += count))) as BufferSet,
  );
  const others = call.elsewhere ? [buffersOf(call.elsewhere, 'float64') as BufferSet] : [];
  const joined = mergeMeasurements([...places, ...others].map((set) => measureBuffers(set, clipper.plan)));
  const step = clipper.decide(joined);
  for (const set of places) applyToBuffers(set, step);
  return step;
}

/** Every way there is to make this call. */
function waysOf(call: Call): Readonly<Record<string, Way>> {
  const { norm, scope, epsilon, places, elsewhere, as, clamp, onNonFinite, threshold } = call;
  if (places || elsewhere) return { 'in several places': inPlaces };
  if (as) return { [as]: (own, buffers) => clipBuffers(Object.values(buffers).values() as never, clipperOf(own)) };
  const ways: Record<string, Way> = {};
  for (const isList of [false, true]) {
    const form = isList ? 'a list' : 'a map';
    ways[`clipBuffers of ${form}`] = (own, buffers) => {
      const [set, options] = formOf(buffers, own, isList);
      return clipBuffers(set, clipperOf(own), options);
    };
    ways[`measure, decide, apply with ${form}`] = (own, buffers) => inTwoSteps(own, ...formOf(buffers, own, isList));
    if (clamp === undefined && (norm ?? 2) === 2 && !scope && !epsilon && !onNonFinite)
      ways[`clipBuffers of ${form} with a number`] = (_, buffers) =>
        clipBuffers(formOf(buffers, {}, isList)[0], Number(threshold));
  }
  return ways;
}

function run(way: Way, call: Call, before: Named): Run {
  const after = copyOf(before);
  const step = way(call, after);
  const reader = createClipper(Infinity, { norm: Number(call.norm ?? 2), observe: true });
  reader.alerts$.subscribe();
  return { step, before, after, norm: reader.decide(measureBuffers(after as BufferSet, reader.plan)).norm };
}

const bits = (buffers: Named): (number[] | null)[] =>
  Object.values(buffers).map((buffer) => buffer && [...new Uint8Array(buffer.buffer)]);

function isFar(found: number | undefined, wanted: number, tolerance: number): boolean {
  if (found === undefined || !Number.isFinite(wanted)) return !Object.is(found, wanted);
  return !(Math.abs(found - wanted) <= tolerance * Math.abs(wanted));
}

/** Where a run and an outcome are not the same, in words. */
function differences({ step, before, after, norm }: Run, wanted: Outcome, tolerance: number): string[] {
  const found: string[] = [];
  const compare = (what: string, own: number | undefined, other: Num): void => {
    if (isFar(own, Number(other), tolerance)) found.push(`${what} is ${own}, not ${other}`);
  };
  if (wanted.action !== undefined && step.action !== wanted.action) found.push(`${step.action}, not ${wanted.action}`);
  if (wanted.norm !== undefined) compare('norm', step.norm, wanted.norm);
  if (wanted.factor !== undefined) compare('factor', step.factor, wanted.factor);
  if (wanted.normAfter !== undefined) {
    compare('normAfter', step.normAfter, wanted.normAfter);
    compare('the norm afterwards', norm, wanted.normAfter);
  }
  if (wanted.unchanged && String(bits(before)) !== String(bits(after))) found.push('changed');
  if (wanted.changed !== undefined) {
    const changes = Object.entries(before).flatMap(([name, buffer]) =>
      [...(buffer ?? [])].filter((value, i) => !Object.is(value, after[name]![i])),
    );
    compare('the count of changed elements', changes.length, wanted.changed);
  }
  for (const [name, list] of Object.entries(wanted.gradients ?? {})) {
    const own = after[name];
    const values = list && elementsOf(list);
    if (own?.length !== values?.length) found.push(`${name} has ${own?.length} elements, not ${values?.length}`);
    else values?.forEach((value, i) => compare(`${name}[${i}]`, own![i], value));
  }
  return found;
}

const refusal = (code: string): Error => expect.objectContaining({ name: 'GradclipError', code }) as Error;

/** Runs a call in every way there is: all give the same bits. */
function runs(call: Call, before: Named): Run[] {
  const all = Object.values(waysOf(call)).map((way) => run(way, call, before));
  for (const { step, after } of all) {
    expect(step.norm).toBe(all[0]!.step.norm);
    expect(bits(after)).toEqual(bits(all[0]!.after));
  }
  return all;
}

/** Refuses in every way there is, and changes nothing. */
function expectRefusal(call: Call, buffers: Named, code: string): void {
  const before = bits(buffers);
  for (const way of Object.values(waysOf(call))) {
    expect(() => way(call, buffers)).toThrow(refusal(code));
    expect(bits(buffers)).toEqual(before);
  }
}

/** Skips in every way there is; with `onNonFinite: 'throw'` it throws instead. Changes nothing either way. */
function expectBad(call: Call, buffers: Named, ours: Outcome): void {
  for (const own of runs(call, buffers)) {
    expect(differences(own, ours, 0)).toEqual([]);
    expect(own.step.proceed).toBe(false);
  }
  expectRefusal({ ...call, onNonFinite: 'throw' }, copyOf(buffers), 'NON_FINITE');
}

const peers = [pytorch, tensorflow, keras] as unknown as readonly Peer[];

for (const { peer, version, cases } of peers)
  describe(`${peer} (${version})`, () => {
    for (const own of cases) {
      const { call, expect: theirs, ours, tolerance = TOLERANCE } = own;
      const title = `${own.id}: ${own.test}${own.peer ? ` of ${own.peer}` : ''}`;
      for (const type of own.types ?? (['float32', 'float64'] as const)) {
        if (own.agrees)
          it(`${title}, ${type}, agrees`, () => {
            for (const result of runs(call, buffersOf(own.gradients, type))) {
              expect(differences(result, theirs, tolerance)).toEqual([]);
              expect(result.step.proceed).toBe(true);
            }
          });
        else
          it(`${title}, ${type}, differs: ${ours!.instead}`, () => {
            const buffers = buffersOf(own.gradients, type);
            if (ours!.refused !== undefined) return expectRefusal(call, buffers, ours!.refused);
            if (ours!.action === 'skip') expectBad(call, buffers, ours!);
            for (const result of runs(call, buffers)) {
              expect(differences(result, ours!, tolerance)).toEqual([]);
              expect(differences(result, theirs, tolerance)).not.toEqual([]);
            }
          });
      }
    }
  });

it('an empty list and an empty map pass, with norm 0', () => {
  for (const way of Object.values(waysOf({ threshold: 1 })))
    expect(way({ threshold: 1 }, {})).toMatchObject({ action: 'pass', norm: 0, normAfter: 0 });
});

interface GridRow {
  readonly title: string;
  readonly layout: string;
  readonly x: number;
  readonly order: number;
  /** Whether the peer does. */
  readonly throws: boolean;
  /** The columns of the peer, or our own. */
  readonly outcome: (columns: 'theirs' | 'ours') => Outcome;
}

/** Each row by the names of its columns; a row of x stands for -x too. */
function rowsOf({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly unknown[])[] }): GridRow[] {
  return rows.flatMap((row) => {
    const own = Object.fromEntries(columns.map((column, i) => [column, row[i]]));
    const signs = own['x'] === 'NaN' ? [1] : [1, -1];
    return signs.map((sign) => ({
      title: `${sign * Number(own['x'])}, ${own['layout']}, order ${own['order']}`,
      layout: own['layout'] as string,
      x: sign * Number(own['x']),
      order: Number(own['order']),
      throws: own['throws'] as boolean,
      outcome(whose) {
        const at = (column: string): Num | null =>
          own[whose === 'theirs' ? column : `our${column[0]!.toUpperCase()}${column.slice(1)}`] as Num | null;
        const rest = sign * Number(at('index0'));
        const g = [rest, sign * Number(at('index1')), { value: rest, count: 8 }];
        const first = at('first');
        return { norm: at('norm')!, gradients: first === null ? { g } : { first: [first], g } };
      },
    }));
  });
}

describe(`${nonFinite.peer} (${nonFinite.version}): ${nonFinite.test}`, () => {
  const layouts = nonFinite.layouts as unknown as Readonly<Record<string, Tensors>>;
  const callOf = ({ order }: GridRow): Call => ({ ...nonFinite.call, norm: order });
  const buffers = ({ layout, x }: GridRow, type: keyof typeof KINDS): Named => buffersOf(layouts[layout]!, type, x);
  const finite = rowsOf(nonFinite.finite);
  const bad = rowsOf(nonFinite.nonFinite);
  const overflow = rowsOf(nonFinite.overflow);

  for (const row of finite)
    it(`${row.title}, agrees`, () => {
      expect(row.throws).toBe(false);
      const wanted = { action: 'scale', ...row.outcome('theirs') };
      const call: Call = { ...callOf(row), onNonFinite: 'throw' };
      for (const result of runs(call, buffers(row, 'float64'))) expect(differences(result, wanted, 1e-12)).toEqual([]);
      if (Math.abs(row.x) > 3.4e38) return;
      for (const result of runs(call, buffers(row, 'float32')))
        expect(differences(result, wanted, TOLERANCE)).toEqual([]);
    });

  for (const row of bad)
    it(`${row.title}, throws like its peer; differs: the step is skipped`, () => {
      expect(row.throws).toBe(true);
      for (const type of ['float64', 'float32'] as const) {
        expectBad(callOf(row), buffers(row, type), nonFinite.nonFinite.ours);
        // Ten NaN stay ten NaN, whether they are skipped or scaled.
        const isSame = row.layout === 'all' && Number.isNaN(row.x);
        for (const result of runs(callOf(row), buffers(row, type)))
          expect(differences(result, row.outcome('theirs'), TOLERANCE).length === 0).toBe(isSame);
      }
    });

  for (const row of overflow)
    it(`${row.title}, differs: does not overflow`, () => {
      expect(row.throws).toBe(true);
      const wanted = { action: nonFinite.overflow.ours.action, ...row.outcome('ours') };
      for (const result of runs({ ...callOf(row), onNonFinite: 'throw' }, buffers(row, 'float64')))
        expect(differences(result, wanted, 1e-12)).toEqual([]);
    });

  it('orders of 0 and below are refused', () => {
    for (const norm of nonFinite.leftOut.orders)
      expect(() => createClipper(1, { norm })).toThrow(refusal(nonFinite.leftOut.refused));
  });

  it('every place of the grid is a row, or left out', () => {
    const { layout, x, order } = nonFinite.grid;
    const key = (...place: readonly Num[]): string =>
      String(place.map((item) => (item in layouts ? item : Number(item))));
    const places = layout.flatMap((own) => x.flatMap((value) => order.map((p) => key(own, value, p))));
    const left = layout.flatMap((own) => x.flatMap((value) => nonFinite.leftOut.orders.map((p) => key(own, value, p))));
    const rows = [...finite, ...bad, ...overflow].map((row) => key(row.layout, row.x, row.order));
    expect([...rows, ...left].sort()).toEqual(places.sort());
    expect([places.length, left.length]).toEqual([280, 140]);
  });
});

describe('the lists of cases', () => {
  for (const { peer, cases, leftOut, ids } of peers)
    it(`every case of ${peer} is a fixture, or left out for a reason`, () => {
      const known = [...cases.map(({ id }) => id), ...Object.keys(leftOut)];
      expect(known.sort()).toEqual([...ids].sort());
      expect(new Set(ids).size).toBe(ids.length);
      for (const reason of Object.values(leftOut)) expect(reason).toMatch(/^[a-z].{10,}[^.]$/);
    });

  it('what differs says what is done here, and names its row of docs/conventions.md', () => {
    const text = readFileSync(new URL('../../../docs/conventions.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| (.+?) \| .+ \| .+ \|$/gm)].map(([, question]) => question!);
    const { nonFinite: bad, overflow, leftOut } = nonFinite;
    for (const { convention } of [bad, overflow, leftOut]) expect(rows).toContain(convention);
    for (const { id, agrees, ours, convention } of peers.flatMap(({ cases }) => cases)) {
      expect([id, ours === undefined, convention === undefined]).toEqual([id, agrees, agrees]);
      if (!agrees) expect(rows, id).toContain(convention);
    }
  });
});
