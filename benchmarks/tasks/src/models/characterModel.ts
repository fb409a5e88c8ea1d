import type { Random } from '@gradclip/example-compare/worker';
import { below } from '../numerics/draw.ts';
import type { Gru, GruParameters } from './gru.ts';

/** Fills the network with sequences from random places of a text. */
export function drawWindows({ input, next }: Gru, text: Uint8Array, batch: number, random: Random): void {
  const steps = input.length / batch;
  for (let i = 0; i < batch; i++) copyWindow({ input, next }, text, below(random, text.length - steps), i, batch);
}

/** Mean cross entropy in nats over a text, read in as many whole batches of windows as there are. */
export function crossEntropyOf(network: Gru, weights: GruParameters, text: Uint8Array, batch: number): number {
  const steps = network.input.length / batch;
  const batches = Math.floor((text.length - 1) / (steps * batch));
  let total = 0;
  for (let k = 0; k < batches; k++) {
    for (let i = 0; i < batch; i++) copyWindow(network, text, (k * batch + i) * steps, i, batch);
    total += network.forward(weights);
  }
  return total / batches;
}

function copyWindow(
  { input, next }: Pick<Gru, 'input' | 'next'>,
  text: Uint8Array,
  from: number,
  position: number,
  batch: number,
): void {
  for (let t = 0; t < input.length / batch; t++) {
    input[t * batch + position] = text[from + t]!;
    next[t * batch + position] = text[from + t + 1]!;
  }
}
