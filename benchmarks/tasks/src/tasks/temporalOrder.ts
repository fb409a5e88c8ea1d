import type { Random } from '@gradclip/example-compare/worker';
import { descend, zerosLike } from '../models/parameters.ts';
import { createRnn, initialRnn } from '../models/rnn.ts';
import type { Rnn, RnnParameters, RnnShape } from '../models/rnn.ts';
import { below, randomOf } from '../numerics/draw.ts';
import { groupsOf, seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';

const BATCH = 20;
const TESTED = 1000;
/** How often it is looked whether the task is solved; not looked at all while the loss is above `HOPELESS`. */
const EVERY = 50;
const HOPELESS = 0.3;

const lengths: Readonly<Record<string, { readonly rates: readonly number[]; readonly steps: number }>> = {
  20: { rates: [0.02, 0.05, 0.1, 0.2], steps: 5000 },
  30: { rates: [0.1, 0.2], steps: 8000 },
};

const settings = Object.entries(lengths).flatMap(([length, { rates }]) =>
  rates.map((rate) => `T=${length} rate=${rate}`),
);

/**
 * C: temporal order. Two of the symbols of a sequence are A or B, the others are noise; the network is asked at the end
 * which two they were, and in what order. The second one is half a sequence away from the answer, the first nearly a whole one.
 */
export const temporalOrder: Task = {
  name: 'C',
  title: 'C: temporal order over 20 and 30 steps',
  measured:
    'runs that were solved, of all seeds: 99 % of 1,000 fresh sequences, within 5,000 updates at T = 20 and 8,000 at T = 30',
  settings,
  seeds: (set, setting) => {
    if (set === 'design') return seedsFrom(1, 16);
    return seedsFrom(101, setting.startsWith('T=30') ? 32 : 16);
  },
  cell: 'solved',
  better: 'higher',
  shown: { times: 1, digits: 0 },
  axis: { scale: 'linear', from: 0, to: 1, ticks: [0, 1, 0.5] },
  groups: groupsOf(settings),
  targets: [
    {
      kind: 'solved',
      says: 'at T = 20 every run at rates 0.05 to 0.2',
      settings: settings.filter((name) => name.startsWith('T=20') && name !== 'T=20 rate=0.02'),
      share: 1,
    },
    {
      kind: 'solved',
      says: 'at T = 30 58 runs of 64',
      settings: settings.filter((name) => name.startsWith('T=30')),
      share: 58 / 64,
    },
  ],
  cost: 5,
  load: async () => (setting, seed, startClipping) => {
    const [, length, rate] = /^T=(\d+) rate=(.+)$/.exec(setting)!;
    const { steps } = lengths[length!]!;
    const shape: RnnShape = { steps: Number(length), symbols: 6, hidden: 50, classes: 4 };
    const weights = initialRnn(shape, 0.1, randomOf(seed, 0));
    const gradients = zerosLike(weights);
    const data = randomOf(seed, 1);
    const labels = new Uint8Array(BATCH);
    const network = createRnn(shape, BATCH);
    const isSolved = createTest(shape, randomOf(seed, 2));
    const clipping = startClipping(steps);
    let loss = Math.log(shape.classes);
    for (let step = 1; step <= steps; step++) {
      drawSequences(network.input, labels, data);
      network.forward(weights);
      const now = network.backward(weights, gradients, labels);
      loss += 0.1 * (now - loss);
      if (Number.isNaN(now)) break; // without a clipper the weights are lost now
      if (clipping.clip(gradients, weights)) descend(weights, gradients, Number(rate));
      if (step % EVERY === 0 && loss < HOPELESS && isSolved(weights)) return clipping.outcome(step, true);
      if (clipping.halted) break;
    }
    return clipping.outcome(NaN, false);
  },
};

/** Symbols 0 and 1 are A and B, one in each of two stretches of the sequence; 2 to 5 are noise. */
export function drawSequences(input: Uint8Array, labels: Uint8Array, random: Random): void {
  const batch = labels.length;
  const length = input.length / batch;
  for (let i = 0; i < batch; i++) {
    for (let t = 0; t < length; t++) input[t * batch + i] = 2 + below(random, 4);
    const first = below(random, 2);
    const second = below(random, 2);
    const tenth = length / 10;
    input[(tenth + below(random, tenth)) * batch + i] = first;
    input[(4 * tenth + below(random, tenth)) * batch + i] = second;
    labels[i] = 2 * first + second;
  }
}

/** Whether at least 99 % of 1,000 fresh sequences are classified rightly; gives up as soon as that cannot be. */
function createTest(shape: RnnShape, random: Random): (weights: RnnParameters) => boolean {
  const batch = 50;
  const network: Rnn = createRnn(shape, batch);
  const labels = new Uint8Array(batch);
  return (weights) => {
    let wrong = 0;
    for (let tested = 0; tested < TESTED; tested += batch) {
      drawSequences(network.input, labels, random);
      network.forward(weights);
      for (let i = 0; i < batch; i++) {
        const logits = network.output.subarray(i * shape.classes, (i + 1) * shape.classes);
        if (logits.indexOf(Math.max(...logits)) !== labels[i]) wrong++;
      }
      if (wrong > TESTED / 100) return false;
    }
    return true;
  };
}
