import { assertOption, defineStage } from '@gradclip/core';
import type { GradientStage, Json } from '@gradclip/core';

// Small stages that keep every promise. The broken ones of the tests are these with one thing changed.

export type Mean = { mean: number[] };

/** The mean of the gradients so far, each worth beta of the one after it. Plain data, changed in place. */
export function momentum({ beta = 0.9 }: { beta?: number } = {}): GradientStage<Mean> {
  assertOption('momentum', 'beta', beta, beta >= 0 && beta < 1, 'in [0, 1)');
  return defineStage<Mean>({
    name: 'momentum',
    options: { beta },
    init: (_tensor, length) => ({ mean: Array.from({ length }, () => 0) }),
    transform({ mean }, gradient) {
      for (let i = 0; i < gradient.length; i++) gradient[i] = beta * mean[i]! + (1 - beta) * gradient[i]!;
    },
    commit({ mean }, raw) {
      for (let i = 0; i < raw.length; i++) mean[i] = beta * mean[i]! + (1 - beta) * raw[i]!;
    },
  });
}

export type Last = { values: Float64Array; seen: number };

/** Sends what a clipper cut from the gradient before with the next one. A typed array, with save and load. */
export const carrying: GradientStage<Last> = defineStage<Last>({
  name: 'carrying',
  stateVersion: 2,
  init: (_tensor, length) => ({ values: new Float64Array(length), seen: 0 }),
  transform({ values }, gradient) {
    for (let i = 0; i < gradient.length; i++) gradient[i]! += values[i]!;
  },
  commit(state, raw, sent) {
    const { values } = state;
    for (let i = 0; i < raw.length; i++) values[i] = (raw[i]! - sent[i]!) / 4;
    state.seen++;
  },
  save: ({ values, seen }): Json => ({ values: [...values], seen }),
  load(saved, version) {
    if (version !== 2) throw new Error(`no state of version ${version}`);
    const { values, seen } = saved as { values: number[]; seen: number };
    return { values: Float64Array.from(values), seen };
  },
});

/** Stateless. */
export const signs: GradientStage<null> = defineStage<null>({
  name: 'signs',
  init: () => null,
  transform: (_, gradient) => void gradient.forEach((x, i) => (gradient[i] = Math.sign(x))),
  commit() {},
});
