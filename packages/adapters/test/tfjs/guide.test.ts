// The code of docs/tensorflow.md that a newcomer meets first, and auto() by the late clock, which webgl and webgpu choose.
import * as tf from '@tensorflow/tfjs-core';
import { createClipper, simulate } from '@gradclip/core';
import type { Clipper, StepDecision } from '@gradclip/core';
import { clipGradients, clipOptimizer, logsCallback } from '@gradclip/adapters/tfjs';
import { auto, spam, uClip } from '@gradclip/policies';
import { expect, it } from 'vitest';
// @ts-expect-error -- vite makes a text of it, which the compiler does not know
import guide from '../../../../docs/tensorflow.md?raw';
import { examples, smallModel } from './support/models.ts';
import { noise, read, variables } from './support/values.ts';

const product = { tf, createClipper, clipGradients, clipOptimizer, logsCallback, auto, spam, uClip };

/** Runs the block of code that has these words, and returns what it calls `result`. */
async function runBlock(words: string, result: string, given: object): Promise<unknown> {
  const blocks = [...(guide as string).matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  const [code, ...others] = blocks.filter((block) => block.includes(words));
  expect([code === undefined, others]).toEqual([false, []]);
  const names = { ...product, ...given };
  const body = `return (async () => { ${code!.replaceAll(/^import .*$/gm, '')} return ${result}; })();`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the examples of our own documentation
  return new Function(...Object.keys(names), body)(...Object.values(names)) as Promise<unknown>;
}

it('the first example trains, and has what it prints', async () => {
  const { x, y } = examples(16);
  const printed: unknown[][] = [];
  const console = { log: (...values: unknown[]) => void printed.push(values) };
  const model = smallModel(tf.train.sgd(0.1));
  const fit = model.fit.bind(model);
  Object.assign(model, { fit: (a: tf.Tensor, b: tf.Tensor, args: object) => fit(a, b, { ...args, verbose: 0 }) });
  const clipper = (await runBlock('// the line', 'optimizer.clipper', { model, x, y, console })) as Clipper;
  await clipper.settled();
  expect(clipper.stats().steps).toBe(10);
  expect(printed).toEqual([[expect.any(Array), expect.any(Array), expect.any(Array)]]);
  for (const column of printed[0]!) expect(column).toHaveLength(10);
});

it('the example of the stages trains, and the clipper saves what they keep', async () => {
  const { w } = variables({ w: noise(1, [4]) });
  const before = await read([w!]);
  const losses = [2, 3, 4].map((seed) => () => tf.sum(tf.mul(w!, noise(seed, [4]))));
  const given = { losses, optimizer: tf.train.sgd(0.1) };
  const clipper = (await runBlock('{ stages }', 'clipper', given)) as Clipper;
  expect(clipper.stats().steps).toBe(3);
  expect(await read([w!])).not.toEqual(before);
  expect(clipper.state()).toMatchObject({ stages: [{ name: 'spam' }, { name: 'uClip' }] });
});

it('auto clips by the late clock, with the thresholds it forecast', async () => {
  const { w } = variables({ w: noise(1, [4]) });
  const optimizer = clipOptimizer(tf.train.sgd(1), auto(), { clock: 'late' });
  const decisions: StepDecision[] = [];
  optimizer.clipper.decisions$.subscribe((decision) => decisions.push(decision));
  const places = [tf.clone(w!)];
  for (let step = 0; step < 40; step++) {
    const gradient = tf.mul(noise(step + 2, [4]), step === 30 ? 1000 : 1);
    optimizer.minimize(() => tf.sum(tf.mul(w!, gradient)), false, [w!]);
    places.push(tf.clone(w!));
    if (step % 4 === 3) await optimizer.clipper.settled();
  }
  const moved = await read(places.slice(1).map((place, step) => tf.norm(tf.sub(place, places[step]!))));
  expect(decisions).toHaveLength(40);
  const norms = decisions.map(({ norm }) => norm);
  for (const { step, threshold, decisions: keys } of decisions) {
    const { clock, basedOn } = keys[0]!;
    // Exact until there is a threshold.
    expect([step, clock]).toEqual([step, threshold === Infinity ? 'exact' : 'late']);
    const known = simulate(auto(), [...norms.slice(0, clock === 'late' ? basedOn + 1 : step), 1]);
    expect(threshold).toBe(known.at(-1)!.threshold);
    // The places are float32 numbers, and so is their difference.
    expect(moved[step]![0]).toBeLessThanOrEqual(threshold! * (1 + 1e-4) + 1e-4);
  }
  expect(decisions[30]).toMatchObject({ action: 'scale', decisions: [{ clock: 'late' }] });
});
