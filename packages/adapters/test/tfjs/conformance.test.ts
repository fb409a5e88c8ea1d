import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { adapterChecks } from '@gradclip/core/testing';
import type { AdapterUnderTest } from '@gradclip/core/testing';
import { clipGradients, clipGradientsAsync } from '@gradclip/adapters/tfjs';

type GradientSet = Record<string, tf.Tensor> | tf.Tensor[];

interface Gradients {
  readonly names: readonly string[];
  readonly given: GradientSet;
  /** What the optimizer would be given; where it is given nothing, what it was. */
  now: GradientSet;
  values: Readonly<Record<string, readonly number[]>>;
}

function adapter(name: string, isList: boolean, isAsync: boolean): AdapterUnderTest<Gradients> {
  return {
    name,
    make(tensors) {
      const names = Object.keys(tensors);
      const list = names.map((key) => tf.tensor([...tensors[key]!.values], [...tensors[key]!.shape], 'float32'));
      const given = isList ? list : Object.fromEntries(list.map((tensor, i) => [names[i]!, tensor]));
      return { names, given, now: given, values: {} };
    },
    read: ({ values }) => values,
    async clip(gradients, clipper) {
      const clip = isAsync ? clipGradientsAsync : clipGradients;
      try {
        const { step, grads } = await clip(gradients.given, clipper);
        gradients.now = grads ?? gradients.given;
        return step;
      } finally {
        // Not in read, which cannot wait: without waiting, WebGPU takes twenty times as long.
        gradients.values = await valuesOf(gradients);
      }
    },
    dispose({ given, now }) {
      for (const tensor of new Set([...Object.values(given), ...Object.values(now)])) tensor.dispose();
    },
  };
}

async function valuesOf({ names, now }: Gradients): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (const [key, tensor] of Object.entries(now)) {
    values[Array.isArray(now) ? names[Number(key)]! : key] = [...(await tensor.data())];
  }
  return values;
}

const adapters = [
  adapter('a map of tensors', false, false),
  adapter('a map of tensors, without blocking', false, true),
  adapter('a list of tensors', true, false),
  adapter('a list of tensors, without blocking', true, true),
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
  describe(`the adapter for TensorFlow.js, ${under.name}`, () => {
    const isList = under.name.startsWith('a list');
    const checks = adapterChecks(under).filter(({ name }) => !isList || !BY_NAME.has(name));
    it('has checks', () => expect(checks.length).toBeGreaterThan(20));
    for (const { name, run } of checks)
      it(name, async () => {
        const { numTensors } = tf.memory();
        await run();
        // The caller has disposed of what was given and what was returned: nothing else may be left.
        expect(tf.memory().numTensors).toBe(numTensors);
      });
  });
