import { describe, expect, it } from 'vitest';
import { adapterChecks } from '@gradclip/core/testing';
import type { AdapterUnderTest } from '@gradclip/core/testing';
import { applyToBuffers, clipBuffers, measureBuffers } from '@gradclip/adapters/buffers';
import type { BufferSet, GradientBuffer } from '@gradclip/adapters/buffers';

interface Gradients {
  readonly names: readonly string[];
  readonly buffers: readonly GradientBuffer[];
  readonly set: BufferSet;
  readonly shapes: readonly (readonly number[])[] | Readonly<Record<string, readonly number[]>>;
}

function adapter(
  name: string,
  Kind: Float32ArrayConstructor | Float64ArrayConstructor,
  isList: boolean,
  isTwoStep: boolean,
): AdapterUnderTest<Gradients> {
  return {
    name,
    make(tensors) {
      const names = Object.keys(tensors);
      const buffers = names.map((key) => Kind.from(tensors[key]!.values));
      const shapes = names.map((key) => tensors[key]!.shape);
      const map = <T>(values: readonly T[]): Record<string, T> =>
        Object.fromEntries(names.map((key, i) => [key, values[i]!]));
      return { names, buffers, set: isList ? buffers : map(buffers), shapes: isList ? shapes : map(shapes) };
    },
    read: ({ names, buffers }) => Object.fromEntries(names.map((key, i) => [key, [...buffers[i]!]])),
    clip({ set, shapes }, clipper) {
      if (!isTwoStep) return clipBuffers(set, clipper, { shapes });
      const step = clipper.decide(measureBuffers(set, clipper.plan, { shapes }));
      applyToBuffers(set, step, { shapes });
      return step;
    },
  };
}

const adapters = [
  adapter('a map of Float32Array', Float32Array, false, false),
  adapter('a map of Float64Array', Float64Array, false, false),
  adapter('a map of Float32Array in two steps', Float32Array, false, true),
  adapter('a list of Float32Array', Float32Array, true, false),
  adapter('a list of Float64Array', Float64Array, true, false),
];

/** What tells tensors apart by the names it gave them: the tensors of a list are named by their places. */
const BY_NAME = new Set([
  'names the element that is not finite',
  'leaves all tensors alone when one of them stops the step',
  'clips each group by the joint norm of its tensors',
  'clips each tensor by its own norm',
  'keeps the names and the order of the tensors',
]);

for (const under of adapters)
  describe(`the adapter for buffers, ${under.name}`, () => {
    const isList = under.name.startsWith('a list');
    const checks = adapterChecks(under).filter(({ name }) => !isList || !BY_NAME.has(name));
    it('has checks', () => expect(checks.length).toBeGreaterThan(20));
    for (const { name, run } of checks) it(name, run);
  });
