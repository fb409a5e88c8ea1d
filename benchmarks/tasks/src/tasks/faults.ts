import { createAdam } from '../models/adam.ts';
import { crossEntropyOf, drawWindows } from '../models/characterModel.ts';
import { createGru, initialGru } from '../models/gru.ts';
import type { GruShape } from '../models/gru.ts';
import { areFinite, zerosLike } from '../models/parameters.ts';
import type { Parameters } from '../models/parameters.ts';
import { fillGaussian, randomOf } from '../numerics/draw.ts';
import { seedsFrom } from '../task.ts';
import type { Task } from '../task.ts';
import { markovText } from './markovText.ts';
import type { Random } from '@gradclip/example-compare/worker';

const SHAPE: GruShape = { steps: 24, symbols: 24, embedding: 24, hidden: 64 };
const BATCH = 16;
const STEPS = 600;
const LETTERS = 60_000;
const VALIDATION = 6_000;

/** From step 60 on, `length` faulty steps begin every `every` steps. */
const bursts: Readonly<Record<string, { readonly length: number; readonly every: number }>> = {
  single: { length: 1, every: 40 },
  'burst 5': { length: 5, every: 100 },
  'burst 20': { length: 20, every: 200 },
};
const lossScales = [0.01, 1, 100];
const withFaults = Object.keys(bursts).map((name) => ({
  name,
  settings: lossScales.map((scale) => `${name} x${scale}`),
}));
const [single, ...inBursts] = withFaults.map(({ settings }) => settings);

/**
 * D: a character model whose gradient is now and then buried in noise of 1,000 times its size. The loss is multiplied by
 * 0.01, 1 or 100: Adam ignores that, a constant threshold does not.
 */
export const faults: Task = {
  name: 'D',
  title: 'D: character model with faulty gradients',
  measured:
    'validation cross entropy above that of the same seed without faults and without clipping, in nats, mean of the seeds; a fault adds noise of 1,000 times the gradient, single or in bursts; loss times 0.01, 1 and 100',
  settings: ['clean', ...withFaults.flatMap(({ settings }) => settings)],
  seeds: (set) => (set === 'design' ? seedsFrom(1, 12) : seedsFrom(101, 10)),
  cell: 'mean excess',
  better: 'lower',
  shown: { times: 1, digits: 3 },
  axis: { scale: 'near 0', from: -0.03, to: 1.5, ticks: [0, 0.1, 1, 0.01, -0.01] },
  groups: [{ name: 'clean', settings: ['clean'] }, ...withFaults],
  targets: [
    {
      kind: 'at most',
      says: 'at most 0.01 without faults and with single ones',
      settings: ['clean', ...single!],
      limit: 0.01,
    },
    { kind: 'at most', says: 'at most 0.02 with bursts', settings: inBursts.flat(), limit: 0.02 },
  ],
  cost: 5,
  reference: { policy: 'none', setting: 'clean' },
  load: async () => (setting, seed, startClipping) => {
    const [, kind = '', scale = '1'] = /^(.*) x(.*)$/.exec(setting) ?? [];
    const text = markovText(SHAPE.symbols, LETTERS, randomOf(seed, 0));
    const training = text.subarray(0, LETTERS - VALIDATION);
    const weights = initialGru(SHAPE, randomOf(seed, 1));
    const gradients = zerosLike(weights);
    const data = randomOf(seed, 2);
    const addNoise = createNoise(gradients, randomOf(seed, 3));
    const network = createGru(SHAPE, BATCH);
    const adam = createAdam(weights, 5e-3);
    const clipping = startClipping(STEPS);
    for (let step = 0; step < STEPS && !clipping.halted; step++) {
      drawWindows(network, training, BATCH, data);
      network.forward(weights);
      network.backward(weights, gradients);
      if (isFaulty(kind, step)) addNoise(1000);
      for (const values of Object.values(gradients))
        for (let i = 0; i < values.length; i++) values[i]! *= Number(scale);
      if (clipping.clip(gradients, weights)) adam(gradients);
    }
    const validation = text.subarray(LETTERS - VALIDATION);
    const value = areFinite(weights) ? crossEntropyOf(network, weights, validation, BATCH) : NaN;
    return clipping.outcome(value);
  },
};

/** Whether the gradient of this step, from 0, is a faulty one. */
export function isFaulty(kind: string, step: number): boolean {
  const burst = bursts[kind];
  return burst !== undefined && step >= 60 && (step - 60) % burst.every < burst.length;
}

/** Adds a random direction that is so many times as long as the gradient. */
function createNoise(gradients: Parameters, random: Random): (times: number) => void {
  const noise = zerosLike(gradients);
  return (times) => {
    let ofGradient = 0;
    let ofNoise = 0;
    for (const [name, values] of Object.entries(gradients)) {
      const drawn = fillGaussian(noise[name]!, 1, random);
      for (let i = 0; i < values.length; i++) {
        ofGradient += values[i]! ** 2;
        ofNoise += drawn[i]! ** 2;
      }
    }
    const factor = times * Math.sqrt(ofGradient / ofNoise);
    for (const [name, values] of Object.entries(gradients))
      for (let i = 0; i < values.length; i++) values[i]! += factor * noise[name]![i]!;
  };
}
